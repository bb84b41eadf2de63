import type { Socket } from 'node:net';

/**
 * What waits for a socket to close, by socket.
 *
 * One listener a socket: one a request would pile up on a keep-alive connection.
 */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** Calls `callback` when `socket` closes, unless that is forgotten before. */
export function onceSocketCloses(socket: Socket, callback: () => void): void {
  const callbacks = waiting.get(socket) ?? watch(socket);
  callbacks.add(callback);
}

/** Calls `callback` no longer when `socket` closes. */
export function forgetSocket(socket: Socket, callback: () => void): void {
  waiting.get(socket)?.delete(callback);
}

function watch(socket: Socket): Set<() => void> {
  const callbacks = new Set<() => void>();
  waiting.set(socket, callbacks);
  // what an adapter made up may not tell when it closes
  socket.once?.('close', () => callbacks.forEach((callback) => callback()));
  return callbacks;
}
