import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createPostgresBackend, type IQueueBackend, PostgresConnection } from 'bullmq';
import { isObject } from '../durable/stored-data.js';
import type { Backends, OpenBackend } from './backends.js';
import { CommonFence, type Fence } from './fence.js';

/** Where users say nothing: nothing waits for ever for a server that does not answer. */
const DEFAULTS = { connectionTimeoutMillis: 10_000, query_timeout: 60_000, keepAlive: true };

/** Backends on PostgreSQL, by BullMQ's own tables. */
export class PostgresBackends implements Backends {
  readonly submitting: OpenBackend;
  readonly working: OpenBackend;
  readonly #connection: Readonly<Record<string, unknown>>;
  readonly #migrate: boolean;
  readonly #sockets = new Set<Duplex>();

  constructor(connection: unknown, submitTimeout: number, migrate: boolean) {
    this.#connection = poolOptions(connection);
    this.#migrate = migrate;
    this.submitting = this.#opener({
      connectionTimeoutMillis: submitTimeout,
      // by the server: what nobody waits for any more is not to be done later
      statement_timeout: submitTimeout,
      // by the client: it closes the connection, so that one that is dead does not use up the pool
      query_timeout: 2 * submitTimeout,
    });
    this.working = this.#opener({});
  }

  async prepare(): Promise<void> {
    const connection = new PostgresConnection(this.#pool({ migrate: this.#migrate, max: 1 }));
    connection.on('error', () => {});
    try {
      await connection.waitUntilReady();
    } finally {
      await connection.close();
    }
  }

  fence(backend: IQueueBackend): Fence {
    return new CommonFence(backend);
  }

  release(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #opener(settings: object): OpenBackend {
    const connection = this.#pool(settings);
    return (name, options, extra) => createPostgresBackend(name, { ...options, connection }, extra);
  }

  #pool(settings: object): Readonly<Record<string, unknown>> {
    const stream = (config: unknown): Duplex => this.#socket(config);
    return { ...DEFAULTS, ...this.#connection, ...settings, stream };
  }

  /** A socket for a connection, by whatever makes the user's. */
  #socket(config: unknown): Duplex {
    const own: unknown = this.#connection['stream'];
    const made: unknown = typeof own === 'function' ? Reflect.apply(own, undefined, [config]) : new Socket();
    const socket = made as Duplex;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

/**
 * Options for pools of our own: those of an open pool where one is given, as its connections do not look for their tables
 * where BullMQ has put them.
 */
function poolOptions(connection: unknown): Readonly<Record<string, unknown>> {
  if (typeof connection === 'string') return { connectionString: connection };
  if (!isObject(connection)) return {};
  const { options } = connection;
  if (typeof connection['connect'] !== 'function' || !isObject(options)) return connection;
  // a pool hides its password from loops
  return { ...options, password: options['password'] };
}
