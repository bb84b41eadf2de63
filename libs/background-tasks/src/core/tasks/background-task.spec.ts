import { describe, expect, it } from '@jest/globals';
import { BackgroundTask, optionsOf, startTask } from './background-task.js';

const calls: unknown[][] = [];

function send(...args: unknown[]): void {
  calls.push(args);
}

class Mailer {
  readonly sender = 'us';

  static flush(limit: number): void {
    calls.push([this.name, limit]);
  }

  send(to: string): void {
    calls.push([this.sender, to]);
  }
}

async function callsOf(task: BackgroundTask): Promise<unknown[][]> {
  calls.length = 0;
  await task.run();
  return [...calls];
}

describe('a BackgroundTask', () => {
  it('calls a function with its arguments', async () => {
    expect(await callsOf(new BackgroundTask(send, 'ada', 2))).toEqual([['ada', 2]]);
  });

  it('calls a method on its target', async () => {
    expect(await callsOf(new BackgroundTask(new Mailer(), 'send', 'ada'))).toEqual([['us', 'ada']]);
  });

  it('calls a static method on its class', async () => {
    expect(await callsOf(new BackgroundTask(Mailer, 'flush', 7))).toEqual([['Mailer', 7]]);
  });

  it('calls a function whose first argument is a string as a function', async () => {
    expect(await callsOf(new BackgroundTask(send, 'call'))).toEqual([['call']]);
  });

  it('makes no call before it is run', () => {
    calls.length = 0;
    expect(new BackgroundTask(send).name).toBe('send');
    expect(calls).toEqual([]);
  });

  it('rejects with what the function throws, at once or later', async () => {
    const boom = new Error('boom');
    const throwing = new BackgroundTask(() => {
      throw boom;
    });
    await expect(throwing.run()).rejects.toBe(boom);
    await expect(new BackgroundTask(() => Promise.reject(boom)).run()).rejects.toBe(boom);
  });

  it.each([
    ['the name of the function', new BackgroundTask(send), 'send'],
    ['the class and the method', new BackgroundTask(new Mailer(), 'send', 'ada'), 'Mailer.send'],
    ['the class and the static method', new BackgroundTask(Mailer, 'flush', 1), 'Mailer.flush'],
    ['Object for a plain object', new BackgroundTask({ go: send }, 'go'), 'Object.go'],
    [
      'Object for an object without a class',
      new BackgroundTask(Object.assign(Object.create(null), { go: send }), 'go'),
      'Object.go',
    ],
    ['anonymous for a function without a name', new BackgroundTask(() => undefined), 'anonymous'],
    ['what with() says', new BackgroundTask(send).with({ name: 'welcome' }), 'welcome'],
    ['what it was before, when with() says something else', new BackgroundTask(send).with({ runOn: 'always' }), 'send'],
  ])('is named by %s', (_, task, name) => {
    expect(task.name).toBe(name);
  });

  it('runs what a class of its own makes of run()', async () => {
    class Twice extends BackgroundTask {
      override async run(): Promise<void> {
        await super.run();
        await super.run();
      }
    }
    calls.length = 0;
    await startTask(new Twice(send, 'ada'));
    expect(calls).toEqual([['ada'], ['ada']]);
  });

  it('awaits what answers to `then` without having it', async () => {
    const answering = new Proxy(
      {},
      {
        get: (_, key) =>
          key === 'then' ? (_done: unknown, fail: (error: Error) => void) => fail(new Error('late')) : undefined,
      },
    );
    await expect(startTask(new BackgroundTask(() => answering))).rejects.toThrow('late');
  });

  it('has been made by the constructor, whatever its prototype says', () => {
    const forged = Object.create(BackgroundTask.prototype) as BackgroundTask;
    expect(() => startTask(forged)).toThrow(
      new TypeError('Cannot use a BackgroundTask that the constructor of this class has not made.'),
    );
  });

  it('returns itself from with()', () => {
    const task = new BackgroundTask(send);
    expect(task.with({ name: 'welcome' })).toBe(task);
  });

  it('keeps what with() set before, and takes undefined as not given', () => {
    const task = new BackgroundTask(send).with({ name: 'welcome', runOn: 'always' });
    expect(optionsOf(task.with({ name: undefined, runOn: undefined, timeout: 5 }))).toEqual({
      name: 'welcome',
      runOn: 'always',
      timeout: 5,
    });
  });

  it('refuses options while it runs, and takes them afterwards: for when it is added again', async () => {
    const late = (): void => void task.with({ name: 'too late' });
    const task: BackgroundTask = new BackgroundTask(late);
    await expect(task.run()).rejects.toThrow(
      'Cannot set options of the background task `late`: it has already started. Call with() when the task is added.',
    );
    expect(task.with({ name: 'again' }).name).toBe('again');
  });

  it.each<[object, string]>([
    [{ runOn: 'never' }, "Expected `runOn` to be `success`, `failure` or `always`, got `'never'` (string)."],
    [{ name: '' }, "Expected `name` to be a string that is not empty, got `''` (string)."],
    [{ name: 7 }, 'Expected `name` to be a string that is not empty, got `7` (number).'],
    [{ timeout: 0 }, 'Expected `timeout` to be milliseconds above 0, got `0` (number).'],
    [{ timeout: NaN }, 'Expected `timeout` to be milliseconds above 0, got `NaN` (number).'],
    [{ timeout: '1s' }, "Expected `timeout` to be milliseconds above 0, got `'1s'` (string)."],
    [{ retries: -1 }, 'Expected `retries` to be a whole number from 0, or the options of p-retry, got `-1` (number).'],
    [
      { retries: 1.5 },
      'Expected `retries` to be a whole number from 0, or the options of p-retry, got `1.5` (number).',
    ],
    [
      { retries: null },
      'Expected `retries` to be a whole number from 0, or the options of p-retry, got `null` (null).',
    ],
    [{ retries: { retries: 'x' } }, "Expected `retries.retries` to be a whole number from 0, got `'x'` (string)."],
    [{ retries: { minTimeout: -5 } }, 'Expected `retries.minTimeout` to be a finite number from 0, got `-5` (number).'],
    [{ retries: { factor: '2' } }, "Expected `retries.factor` to be a finite number from 0, got `'2'` (string)."],
    [
      { retry: 3 },
      'Expected `options` to be made of `name`, `runOn`, `timeout`, `retries`, got `{ retry: 3 }` (object). ' +
        'There is no `retry`. Did you mean `retries`?',
    ],
  ])('refuses options that do not exist: %j', (options, message) => {
    expect(() => new BackgroundTask(send).with(options)).toThrow(new TypeError(message));
  });

  const make = (...args: unknown[]) => Reflect.construct(BackgroundTask, args) as BackgroundTask;

  it.each<[string, unknown[], string]>([
    ['nothing', [], 'Cannot make a background task of `undefined` (undefined): it is no function.'],
    ['a promise', [Promise.resolve()], 'as in (send, email) and not (send(email))'],
    ['null', [null, 'send'], 'Cannot make a background task of `null` (null)'],
    ['an object alone', [{ send }], 'Cannot make a background task of `{ send: [Function: send] }` (object)'],
    ['a class alone', [Mailer], 'Cannot make a background task of `[class Mailer]` (function)'],
    [
      'a method that does not exist',
      [new Mailer(), 'sned'],
      '`Mailer.sned`: it is `undefined` (undefined), no method.',
    ],
    ['a property', [new Mailer(), 'sender'], "`Mailer.sender`: it is `'us'` (string), no method."],
  ])('cannot be made of %s', (_, args, message) => {
    expect(() => make(...args)).toThrow(TypeError);
    expect(() => make(...args)).toThrow(message);
  });
});
