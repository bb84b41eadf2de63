import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { OwnCall } from './own-call.js';

it('a call that has completed stays so, for its first task too, when its observable is torn down after', async () => {
  const runner = new RecordingRunner();
  const call = new OwnCall(runner.application);
  call.start();
  call.end('completed');
  call.end('torn down');
  await turn();
  call.newTasks().addTask(() => undefined);
  await turn();
  expect(runner.settlements).toEqual([{ outcome: 'success', aborted: false }]);
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
  expect(runner.settlements).toEqual([{ outcome, aborted: true }]);
});
