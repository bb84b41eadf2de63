import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectSocket } from 'node:net';
import { type NatsOptions, type RedisOptions, Transport } from '@nestjs/microservices';

/** A broker that carries messages, where one runs. */
export interface Broker {
  readonly name: string;
  readonly options: NatsOptions | RedisOptions;
  /** The sockets through which a server answers. */
  readonly socketsOf: (client: unknown) => Socket[];
}

const redis = { host: process.env['REDIS_HOST'] ?? '127.0.0.1', port: 6379 };
const nats = { host: process.env['NATS_HOST'] ?? '127.0.0.1', port: 4222 };

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export const brokers: ReadonlyArray<Broker & BrokerAddress> = [
  {
    name: 'Redis',
    ...redis,
    options: { transport: Transport.REDIS, options: redis },
    // what publishes, and what is subscribed
    socketsOf: (clients) => (clients as ReadonlyArray<{ readonly stream: Socket }>).map(({ stream }) => stream),
  },
  {
    name: 'NATS',
    ...nats,
    options: { transport: Transport.NATS, options: { servers: [`${nats.host}:${nats.port}`] } },
    socketsOf: (client) => [
      (client as { readonly protocol: { readonly transport: { readonly socket: Socket } } }).protocol.transport.socket,
    ],
  },
];

/** Why there is no such broker for the tests, if there is none. */
export async function whyWithout({ host, port }: BrokerAddress): Promise<string | undefined> {
  const socket = connectSocket(port, host);
  try {
    await once(socket, 'connect');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    socket.destroy();
  }
}
