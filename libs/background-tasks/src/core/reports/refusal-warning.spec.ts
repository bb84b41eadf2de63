import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { recordedReports } from '../../../../../test/harness/recorded-reports.js';
import { clock } from '../batch/clock.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { type Filling, RefusalWarning } from './refusal-warning.js';

const NOTHING: Filling = { waiting: [], running: [] };

function send(): void {}

describe('the warning of tasks that were refused', () => {
  let recorded: ReturnType<typeof recordedReports>;
  let warning: RefusalWarning;
  let now: jest.SpiedFunction<typeof clock.now>;

  beforeEach(() => {
    recorded = recordedReports();
    warning = new RefusalWarning(recorded.reports.log);
    now = jest.spyOn(clock, 'now').mockReturnValue(0);
  });

  afterEach(() => {
    now.mockRestore();
  });

  const lines = (): unknown[] => recorded.logger.ofTasks('warn').map(({ message }) => message);
  const task = (name: string): BackgroundTask => new BackgroundTask(send).with({ name });

  it('names the task and the limit', () => {
    warning.refused('send', 1, 7, () => NOTHING);
    expect(lines()).toEqual(['Background task "send" was refused: `maxPending` is 7. 0 wait, 0 run.']);
  });

  it('comes once a minute, and counts those in between', () => {
    const look = jest.fn(() => NOTHING);
    for (const [time, count] of [
      [0, 1],
      [1, 1],
      [59_999, 2],
    ] as const) {
      now.mockReturnValue(time);
      warning.refused('send', count, 7, look);
    }
    expect(lines()).toHaveLength(1);
    expect(look).toHaveBeenCalledTimes(1);
    now.mockReturnValue(60_000);
    warning.refused('audit', 1, 7, look);
    expect(lines().slice(1)).toEqual([
      'Background task "audit" was refused: `maxPending` is 7 (and 3 more since the last such line). ' +
        '0 wait, 0 run.',
    ]);
  });

  it('says what fills the process, the most frequent first', () => {
    const waiting = [new FakeBatch().add(task('a'), task('b')), new FakeBatch().add(task('b'))].map(({ real }) => real);
    warning.refused('send', 1, 7, () => ({ waiting, running: ['c', 'd', 'e', 'f', 'g', 'h', 'h'] }));
    expect(lines()[0]).toMatch('3 wait: 2 × "b", "a", 7 run: 2 × "h", "c", "d", "e", "f" and 1 more.');
  });

  it('names the handlers that keep tasks waiting, and those whose clients have left', () => {
    const waiting = ['Orders.create', 'Orders.create', undefined].map((name, index) => {
      const batch = new FakeBatch().add(task('mail'));
      batch.settling.clientHasLeft = index < 2;
      batch.settling.atWork.add(Object.defineProperty(new FakeCall(batch.real), 'name', { value: name }));
      return batch.real;
    });
    warning.refused('send', 1, 3, () => ({ waiting, running: [] }));
    expect(lines()[0]).toMatch(
      '3 wait: 3 × "mail", 0 run. Handlers that have not ended keep tasks waiting: ' +
        '2 × "Orders.create" whose client has left, "a handler".',
    );
  });
});
