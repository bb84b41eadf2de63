import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { RecordingRunner } from '../../../test/harness/fake-exchange.js';
import { BackgroundTasks } from './background-tasks.js';
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
