import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisServer } from '../harness/redis.js';
import type { Address, EngineChoice, Store } from './store.js';

export class RedisStore implements Store {
  readonly address: Address;
  readonly #server: RedisServer;
  readonly #client: Redis;

  private constructor(server: RedisServer) {
    this.#server = server;
    this.address = { host: server.host, port: server.port };
    this.#client = new Redis(this.address);
    this.#client.on('error', () => {});
  }

  static async open(): Promise<Store> {
    return new RedisStore(await RedisServer.start());
  }

  choose({ host, port }: Address = this.address): EngineChoice {
    return { system: 'bullmq', options: { connection: { host, port }, queue: `crash-${randomUUID()}` } };
  }

  async left(queue: string): Promise<number> {
    const key = `bull:${queue}`;
    const counting = this.#client.multi().llen(`${key}:wait`).llen(`${key}:active`).zcard(`${key}:delayed`);
    // at once: a batch moves from one to the other
    return ((await counting.exec()) ?? []).reduce((sum, [, count]) => sum + Number(count), 0);
  }

  failed(queue: string): Promise<number> {
    return this.#client.zcard(`bull:${queue}:failed`);
  }

  kill(): Promise<void> {
    return this.#server.kill();
  }

  startAgain(): Promise<void> {
    return this.#server.restart();
  }

  async cutOff(): Promise<void> {
    await this.#client.client('KILL', 'SKIPME', 'yes');
  }

  async close(): Promise<void> {
    this.#client.disconnect();
    await this.#server.stop();
  }
}
