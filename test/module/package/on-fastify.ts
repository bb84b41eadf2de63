import type { FastifyReply } from 'fastify';
import { BackgroundTask } from 'nestjs-background-tasks';

/** Compiled against the packed library: what an application on Fastify may write. */
export function attach(reply: FastifyReply, send: (email: string) => Promise<void>): void {
  reply.background = new BackgroundTask(send, 'ada@example.com');
  // @ts-expect-error it is no task
  reply.background = send;
}
