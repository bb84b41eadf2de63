import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { OwnCall } from './own-call.js';

const boom = new Error('boom');

it('a call that has completed stays so, for its first task too, when its observable is torn down after', async () => {
  const runner = new RecordingRunner();
  const call = new OwnCall(runner.application);
  call.start();
  call.end('completed');
  call.end('torn down');
  await turn();
  call.newTasks().addTask(() => undefined);
  await turn();
  expect(runner.settlements).toMatchObject([{ outcome: 'success', aborted: false }]);
});

it.each([
  ['had answered', true, 'success'],
  ['had not answered', false, 'failure'],
])('a call that is torn down when it %s is aborted', async (_, hasAnswered, outcome) => {
  const runner = new RecordingRunner();
  const call = new OwnCall(runner.application);
  call.start();
  call.newTasks().addTask(() => undefined);
  if (hasAnswered) call.answer();
  call.end('torn down');
  await turn();
  expect(runner.settlements).toMatchObject([{ outcome, aborted: true }]);
});

describe('OwnCall.follow', () => {
  it('is at work while what it calls is, and resolves to the same', async () => {
    const { application } = new RecordingRunner();
    const call = new OwnCall(application);
    const work = deferred<string>();
    const followed = call.follow(() => work.promise);
    expect(call.state).toBe('running');
    expect(application.openBatches.atWork.has(call)).toBe(true);
    work.resolve('done');
    await expect(followed).resolves.toBe('done');
    expect(call.state).toBe('completed');
    expect(application.openBatches.atWork.has(call)).toBe(false);
  });

  it.each<[string, () => Promise<never>]>([
    [
      'throws',
      () => {
        throw boom;
      },
    ],
    ['rejects', () => Promise.reject(boom)],
  ])('rejects with what it calls where that %s', async (_, fn) => {
    const call = new OwnCall(new RecordingRunner().application);
    await expect(call.follow(fn)).rejects.toBe(boom);
    expect(call.state).toBe('errored');
  });
});
