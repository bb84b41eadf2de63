import { inspect } from 'node:util';

function explode(): never {
  throw new Error('it cannot be looked at');
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** A proxy all of whose traps throw. */
function hostile(target: object): object {
  return new Proxy(target, new Proxy({}, { get: () => explode }));
}

function errorWithout(field: string): Error {
  return Object.defineProperty(new Error('boom'), field, { get: explode });
}

function cyclic(): Error {
  const error = new Error('round');
  error.cause = new Error('and round', { cause: error });
  return error;
}

/** What a task may throw, and nobody should look at without care. */
export const THROWN: ReadonlyArray<readonly [what: string, thrown: unknown]> = [
  ['a revoked proxy', revoked()],
  ['a proxy that refuses everything', hostile({})],
  ['a function that refuses everything', hostile(() => undefined)],
  ['an error behind a proxy that refuses everything', hostile(new Error('boom'))],
  ['an object whose inspect throws', { [inspect.custom]: explode }],
  ['an error whose inspect throws', Object.assign(new Error('boom'), { [inspect.custom]: explode })],
  ['an error whose toString throws', Object.assign(new Error('boom'), { toString: explode })],
  ['an error whose message throws', errorWithout('message')],
  ['an error whose stack throws', errorWithout('stack')],
  ['an error whose name throws', errorWithout('name')],
  ['an error whose cause throws', errorWithout('cause')],
  ['an error whose constructor throws', errorWithout('constructor')],
  ['an object without a prototype', Object.create(null)],
  ['an error whose fields are no texts', Object.assign(new Error('boom'), { name: Symbol('name'), stack: 7 })],
  ['undefined', undefined],
  ['a symbol', Symbol('boom')],
  ['a huge string', 'x'.repeat(10_000_000)],
  ['several errors', new AggregateError([new Error('a'), revoked(), hostile({})], 'all')],
  ['several errors that cannot be counted', Object.assign(new Error('boom'), { errors: revoked() })],
  ['an error that is its own cause', cyclic()],
  ['an error whose cause is a revoked proxy', new Error('boom', { cause: revoked() })],
];
