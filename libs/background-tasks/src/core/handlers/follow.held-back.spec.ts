import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { concat, type Observable, of, throwError } from 'rxjs';
import { type Deferred, deferred } from '../../../../../test/harness/deferred.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Outcome } from '../tasks/task-context.js';
import { OwnCall } from '../calls/own-call.js';
import { followAnswers, followMethod } from './follow.js';

const boom = new Error('boom');
const fail = (): never => {
  throw boom;
};

/** A call that waits for what `storeBefore` returns. */
class Held extends OwnCall {
  static answersEach = false;
  readonly #answersEach = Held.answersEach;
  override readonly storeBefore = jest.fn((_outcome: Outcome): Promise<void> | undefined => hold);

  override get isHeldBack(): boolean {
    return true;
  }

  override get answersEach(): boolean {
    return this.#answersEach;
  }

  /** What it was asked. */
  get asked(): Outcome[] {
    return this.storeBefore.mock.calls.flat();
  }
}

class NeverHeld extends Held {
  override get isHeldBack(): boolean {
    return false;
  }
}

let hold: Promise<void> | undefined;
let held: Deferred;
let by: Held;

beforeEach(() => {
  held = deferred();
  hold = held.promise;
  Held.answersEach = false;
  by = new Held(new RecordingRunner().application);
});

const follow = (method: () => unknown): unknown => followMethod(by, method, {}, []);

const lastOf = (result: unknown): Promise<unknown> =>
  new Promise((resolve, reject) => {
    let last: unknown;
    const complete = (): void => resolve(last);
    (result as Observable<unknown>).subscribe({ next: (value) => (last = value), error: reject, complete });
  });

const ways: Array<[string, () => Promise<unknown>]> = [
  ['by a value', async () => follow(() => 'fine')],
  ['by a promise', async () => follow(() => Promise.resolve('fine'))],
  ['by an observable', async () => lastOf(follow(() => of('fine')))],
  ['by the answers of an interceptor', async () => lastOf(followAnswers(by, of('fine')))],
];

describe.each(ways)('a call whose completion is held back, answered %s,', (_, answer) => {
  it('completes once that is settled, and is asked once', async () => {
    const result = answer();
    await turn();
    expect([by.state, by.asked]).toEqual(['running', ['success']]);
    held.resolve();
    expect(await result).toBe('fine');
    expect([by.state, by.asked]).toEqual(['completed', ['success']]);
  });

  it('fails where that rejects, and asks what is stored for a failure', async () => {
    const result = answer();
    await turn();
    held.reject(boom);
    await expect(result).rejects.toBe(boom);
    expect([by.state, by.asked]).toEqual(['errored', ['success', 'failure']]);
  });

  it('is not asked where nothing is ever stored', async () => {
    by = new NeverHeld(new RecordingRunner().application);
    expect(await answer()).toBe('fine');
    expect([by.state, by.asked]).toEqual(['completed', []]);
  });

  it('fails where asking throws', async () => {
    by.storeBefore.mockImplementation(fail);
    await expect(answer()).rejects.toBe(boom);
    expect(by.state).toBe('errored');
  });

  it('completes at once where nothing holds it back', async () => {
    hold = undefined;
    expect(await answer()).toBe('fine');
    expect(by.state).toBe('completed');
  });
});

const failures: Array<[string, () => Promise<unknown>]> = [
  ['by an error', async () => follow(fail)],
  ['by a promise', async () => follow(() => Promise.reject(boom))],
  ['by an observable', async () => lastOf(follow(() => throwError(() => boom)))],
  [
    'by the answers of an interceptor',
    async () =>
      lastOf(
        followAnswers(
          by,
          throwError(() => boom),
        ),
      ),
  ],
];

describe.each(failures)('a call that fails %s', (_, answer) => {
  it.each<[string, () => void]>([
    ['resolves', () => held.resolve()],
    ['rejects', () => held.reject(new Error('another'))],
  ])('has failed once what is stored for that %s, with its own error', async (__, settle) => {
    const result = answer();
    await turn();
    expect([by.state, by.asked]).toEqual(['running', ['failure']]);
    settle();
    await expect(result).rejects.toBe(boom);
    expect(by.state).toBe('errored');
  });

  it('has failed at once where nothing is stored', async () => {
    hold = undefined;
    await expect(answer()).rejects.toBe(boom);
    expect([by.state, by.asked]).toEqual(['errored', ['failure']]);
  });
});

describe('a call each of whose answers is one', () => {
  beforeEach(() => {
    Held.answersEach = true;
    by = new Held(new RecordingRunner().application);
  });

  const answers: Array<[string, () => unknown]> = [
    ['by an observable', () => follow(() => of('one', 'two'))],
    ['by the answers of an interceptor', () => followAnswers(by, of('one', 'two'))],
  ];

  it.each(answers)('is asked before each, and gives none before that is settled: %s', async (_, answer) => {
    const heard: unknown[] = [];
    (answer() as Observable<unknown>).subscribe({
      next: (value) => heard.push(value),
      complete: () => heard.push('end'),
    });
    await turn();
    expect([heard, by.asked]).toEqual([[], ['success']]);
    held.resolve();
    await turn();
    expect([heard, by.asked]).toEqual([
      ['one', 'two', 'end'],
      ['success', 'success', 'success'],
    ]);
  });

  it.each(answers)('gives them at once where nothing is stored: %s', (_, answer) => {
    hold = undefined;
    const heard: unknown[] = [];
    (answer() as Observable<unknown>).subscribe((value) => heard.push(value));
    expect(heard).toEqual(['one', 'two']);
  });

  it('fails where one of them cannot be stored', async () => {
    const heard: unknown[] = [];
    followAnswers(by, concat(of('one'), of('two'))).subscribe({
      next: (v) => heard.push(v),
      error: (e) => heard.push(e),
    });
    held.reject(boom);
    await turn();
    expect([heard, by.state]).toEqual([[boom], 'errored']);
  });
});
