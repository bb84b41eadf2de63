import { createRedisBackend, type IQueueBackend, RedisConnection, RedisQueueBackend } from 'bullmq';
import { isObject } from '../durable/stored-data.js';
import type { Backends, OpenBackend } from './backends.js';
import { CommonFence, type Fence } from './fence.js';
import { checkRedis } from './redis-check.js';
import type { ReportedErrors } from './reported-errors.js';
import { RedisFence } from './redis-fence.js';
import { RedisPulse } from './redis-pulse.js';

/** What is used of a client of ioredis. */
interface Client {
  connect(): Promise<unknown>;
  duplicate(options: Readonly<Record<string, unknown>>): Client;
  disconnect(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

/** Where users say nothing. BullMQ's own would wait 20 s between two attempts to connect. */
const DEFAULTS = { retryStrategy: (times: number) => Math.min(times * 100, 2000) };

/**
 * What a command that a response waits for must not do: wait for a connection, or be sent again on the next one, when the
 * response has long been told that it was not stored.
 */
const SUBMITTING = { enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 };

/** A worker waits for a Redis that is away. */
const WORKING = { enableOfflineQueue: true, autoResendUnfulfilledCommands: true, maxRetriesPerRequest: null };

/** Backends on Redis or Valkey, by ioredis. */
export class RedisBackends implements Backends {
  readonly submitting: OpenBackend = this.#opener(SUBMITTING);
  readonly working: OpenBackend = this.#opener(WORKING);
  readonly #connection: unknown;
  readonly #errors: ReportedErrors;
  /** What was duplicated of a client of the user's. */
  readonly #duplicates: Client[] = [];
  readonly #pulses: RedisPulse[] = [];
  #probe?: RedisConnection;
  #silenced = false;

  constructor(connection: unknown, errors: ReportedErrors) {
    this.#connection = connection;
    this.#errors = errors;
  }

  async prepare(): Promise<void> {
    const probe = new RedisConnection(this.#connect(WORKING), { blocking: false, skipVersionCheck: true });
    this.#probe = probe;
    probe.on('error', this.#errors.add);
    const client = await probe.client;
    const { warnings, printed } = checkRedis(await client.info().catch(() => ''));
    // without its check, BullMQ prints nothing, and takes the server for an old one, with which it is slower
    this.#silenced = printed;
    for (const warning of warnings) this.#errors.tell(warning);
    await probe.close(true);
    this.release();
  }

  fence(backend: IQueueBackend): Fence {
    return backend instanceof RedisQueueBackend ? new RedisFence(backend) : new CommonFence(backend);
  }

  release(): void {
    for (const pulse of this.#pulses.splice(0)) pulse.stop();
    void this.#probe?.close(true).catch(() => {});
    for (const client of this.#duplicates.splice(0)) client.disconnect();
  }

  #opener(settings: Readonly<Record<string, unknown>>): OpenBackend {
    return (name, options, extra) => {
      const own = { connection: this.#connect(settings), skipVersionCheck: this.#silenced };
      const backend = createRedisBackend(name, { ...options, ...own }, extra);
      this.#pulses.push(new RedisPulse(backend));
      return backend;
    };
  }

  #connect(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | Client {
    const given = this.#connection;
    refuseUnusable(given);
    if (!isClient(given)) return { ...DEFAULTS, ...redisOptions(given), ...settings };
    const duplicate = given.duplicate({ ...settings, lazyConnect: false });
    // BullMQ listens as long as it uses it
    duplicate.on('error', () => {});
    this.#duplicates.push(duplicate);
    return duplicate;
  }
}

function redisOptions(connection: unknown): Readonly<Record<string, unknown>> {
  if (typeof connection === 'string') return { url: connection };
  return isObject(connection) ? connection : {};
}

/** With either, BullMQ would look for jobs where it has not put them. */
function refuseUnusable(connection: unknown): void {
  if (!isObject(connection)) return;
  const options = isClient(connection) && isObject(connection['options']) ? connection['options'] : connection;
  if (connection['isCluster'] === true) {
    throw new Error('Cannot keep durable batches in a Redis Cluster: they need one Redis. Connect to a single one.');
  }
  if (options['keyPrefix'] !== undefined && options['keyPrefix'] !== '') {
    throw new Error(
      'Cannot keep durable batches with a `keyPrefix`: BullMQ has keys of its own. Leave it out, and set `queue` to keep applications apart.',
    );
  }
}

function isClient(value: unknown): value is Client & Readonly<Record<string, unknown>> {
  return isObject(value) && typeof value['duplicate'] === 'function' && typeof value['disconnect'] === 'function';
}
