import { once } from 'node:events';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { Timeline } from '../../harness/timeline.js';

/** One connection to a gateway. */
export interface Client {
  /** What was answered: the data, or `exception`. */
  readonly answers: Timeline;
  send(event: string, data: string): void;
  hangUp(): void;
}

export async function openWs(port: number): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const answers = new Timeline();
  socket.on('message', (message: Buffer) => {
    const { event, data } = JSON.parse(message.toString()) as { event: string; data: unknown };
    answers.mark(event === 'exception' ? event : String(data));
  });
  await once(socket, 'open');
  return {
    answers,
    send: (event, data) => socket.send(JSON.stringify({ event, data })),
    hangUp: () => socket.terminate(),
  };
}

export async function openSocketIo(port: number): Promise<Client> {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false });
  const answers = new Timeline();
  socket.on('answer', (data: unknown) => answers.mark(String(data)));
  socket.on('exception', () => answers.mark('exception'));
  await new Promise<void>((resolve) => socket.on('connect', resolve));
  return {
    answers,
    send: (event, data) => socket.emit(event, data),
    hangUp: () => socket.disconnect(),
  };
}

/** The sockets of both libraries, as a gateway gets them. */
export interface ServerSocket {
  readonly conn?: object;
}

/** Marks `written` in `timeline` when something is sent on `socket`. */
export function markWrites(socket: ServerSocket, timeline: Timeline): void {
  const owner = (socket.conn ?? socket) as Record<string, (...args: unknown[]) => unknown>;
  const method = socket.conn === undefined ? 'send' : 'write';
  const write = owner[method]?.bind(owner);
  owner[method] = (...args) => {
    timeline.mark('written');
    return write?.(...args);
  };
}
