import { Client } from 'pg';

/** The PostgreSQL of the tests. */
export const postgres = {
  host: process.env['PGHOST'] ?? '127.0.0.1',
  user: process.env['PGUSER'] ?? 'postgres',
  database: process.env['PGDATABASE'] ?? 'test',
  connectionTimeoutMillis: 1000,
};

/** Why there is none, if there is none. */
export async function withoutPostgres(): Promise<string | undefined> {
  const client = new Client(postgres);
  try {
    return await whyNot(() => client.connect());
  } finally {
    await client.end();
  }
}

/** Why `connect` fails, if it does. */
export async function whyNot(connect: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await connect();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
