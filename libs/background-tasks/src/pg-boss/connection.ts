import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConstructorOptions, Db } from 'pg-boss';
import { setImmediate } from '../core/batch/clock.js';
import { type Queryable, queried } from './database.js';

/** How pg-boss reaches the database, and how that ends. */
export interface Connection {
  /** What its constructor takes. */
  readonly options: ConstructorOptions;
  /** Whether workers can be told of new batches: not through a pool that is the user's. */
  readonly listens: boolean;
  /** Ends all that pg-boss has opened, at once. */
  sever(): void;
}

/**
 * A connection by what users give: options of a pool of `pg`, or its connection string; an open pool; an open PgBoss.
 *
 * What is open stays theirs: pg-boss is given a way to send statements through it, and nothing that it could close.
 */
export function connectionOf(given: unknown): Connection {
  if (isBoss(given)) return throughBoss(given.getDb());
  if (isPool(given)) return { options: { db: queried(given) }, listens: false, sever() {} };
  return ownPool(typeof given === 'string' ? { connectionString: given } : { ...Object(given) });
}

function throughBoss(database: Db): Connection {
  const db: Db = { executeSql: (text, values) => database.executeSql(text, values) };
  const listens = 'listen' in database;
  if (listens) db.listen = database.listen?.bind(database);
  return { options: { db }, listens, sever() {} };
}

/**
 * A pool that pg-boss opens, on sockets that are known.
 *
 * `end()` of a pool waits for the server to answer, for minutes where that has gone without a word: only
 * whoever has the sockets can let go of it.
 */
function ownPool(options: ConstructorOptions & { stream?: () => Duplex }): Connection {
  const sockets = new Set<Duplex>();
  const { stream: make = (): Duplex => new Socket() } = options;
  let isSevered = false;
  const stream = (): Duplex => {
    const socket = make();
    sockets.add(socket);
    // whoever asks is about to connect it; it may only fail once that has begun
    if (isSevered) setImmediate(() => socket.destroy(new Error('The connection is closed.')));
    return socket.once('close', () => sockets.delete(socket));
  };
  const sever = (): void => {
    isSevered = true;
    sockets.forEach((socket) => socket.destroy());
  };
  const settings: ConstructorOptions & { stream: () => Duplex } = { ...options, stream };
  return { options: settings, listens: true, sever };
}

function isBoss(given: unknown): given is { getDb(): Db } {
  return has(given, 'getDb', 'send');
}

function isPool(given: unknown): given is Queryable {
  return has(given, 'query', 'connect');
}

/** By shape: an application may have another copy of `pg`, or of pg-boss. */
function has(given: unknown, ...methods: string[]): boolean {
  if (typeof given !== 'object' || given === null) return false;
  return methods.every((method) => typeof Reflect.get(given, method) === 'function');
}
