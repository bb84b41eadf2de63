import type { Socket } from 'node:net';

type Callback = () => void;

/**
 * What waits for one socket to close.
 *
 * One listener a socket: one a request would pile up on a keep-alive connection. One that is not pipelined has one
 * request at a time, and makes nothing for it: a set would make a new table every few requests.
 */
class Waiting {
  #first?: Callback | undefined;
  #others?: Set<Callback>;

  constructor(socket: Socket) {
    // what an adapter made up may not tell when it closes
    socket.once?.('close', () => {
      this.#first?.();
      this.#others?.forEach((callback) => callback());
    });
  }

  add(callback: Callback): void {
    if (this.#first === undefined) this.#first = callback;
    else (this.#others ??= new Set()).add(callback);
  }

  delete(callback: Callback): void {
    if (this.#first === callback) this.#first = undefined;
    else this.#others?.delete(callback);
  }
}

const WAITING = Symbol('nestjs-background-tasks.waiting');

type WatchedSocket = Socket & { [WAITING]?: Waiting };

/** Calls `callback` when `socket` closes, unless that is forgotten before. */
export function onceSocketCloses(socket: WatchedSocket, callback: Callback): void {
  socket[WAITING] ??= new Waiting(socket);
  socket[WAITING].add(callback);
}

/** Calls `callback` no longer when `socket` closes. */
export function forgetSocket(socket: WatchedSocket, callback: Callback): void {
  socket[WAITING]?.delete(callback);
}
