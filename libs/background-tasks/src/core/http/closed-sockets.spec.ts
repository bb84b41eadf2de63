import type { Socket } from 'node:net';
import { expect, it, jest } from '@jest/globals';
import { FakeSocket } from '../../../../../test/harness/fake-exchange.js';
import { forgetSocket, onceSocketCloses } from './closed-sockets.js';

const socket = (): FakeSocket & Socket => new FakeSocket() as FakeSocket & Socket;

it('tells all that wait for a socket to close, with one listener', () => {
  const [closing, other] = [socket(), socket()];
  const callbacks = [jest.fn(), jest.fn()];
  for (const callback of callbacks) onceSocketCloses(closing, callback);
  expect(closing.listenerCount('close')).toBe(1);
  other.emit('close');
  expect(callbacks.map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  closing.emit('close');
  expect(callbacks.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});

it('tells nobody who is forgotten, and forgets who was never there', () => {
  const closing = socket();
  const callback = jest.fn();
  forgetSocket(closing, callback);
  onceSocketCloses(closing, callback);
  forgetSocket(closing, callback);
  closing.emit('close');
  expect(callback).not.toHaveBeenCalled();
});

it('waits for nothing where a socket was made up, and cannot tell', () => {
  const madeUp = { destroyed: false } as unknown as Socket;
  expect(() => onceSocketCloses(madeUp, () => undefined)).not.toThrow();
});
