import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { OwnCall } from './own-call.js';

it('a call that has completed stays so, for its first task too, when its observable is torn down after', async () => {
  const runner = new RecordingRunner();
  const call = new OwnCall(runner);
  call.started();
  call.ended('completed');
  call.ended('torn down');
  await turn();
  BackgroundTasks.on(call.batch).addTask(() => undefined);
  await turn();
  expect(runner.settlements).toEqual([{ outcome: 'success', aborted: false }]);
});

it.each([
  ['had answered', true, 'success'],
  ['had not answered', false, 'failure'],
])('a call that is torn down when it %s is aborted', async (_, hasAnswered, outcome) => {
  const runner = new RecordingRunner();
  const call = new OwnCall(runner);
  call.started();
  BackgroundTasks.on(call.batch).addTask(() => undefined);
  if (hasAnswered) call.answered();
  call.ended('torn down');
  await turn();
  expect(runner.settlements).toEqual([{ outcome, aborted: true }]);
});
