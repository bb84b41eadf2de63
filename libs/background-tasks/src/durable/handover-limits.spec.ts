import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DurableScene, type Served } from '../../../../test/harness/durable-scene.js';
import { resolveOptions } from '../core/options/resolve-options.js';
import { BackgroundTask } from '../core/tasks/background-task.js';
import { TaskGroup } from '../core/tasks/task-group.js';
import type { RunOn } from '../core/tasks/task-options.js';

/** What `["1234567890"]` takes. */
const ONE = 14;

describe('what may be added for one response', () => {
  let scene: DurableScene;
  let served: Served;

  beforeEach(() => begin(2 * ONE));

  afterEach(() => scene.close());

  function begin(maxPayload: number, runOn: RunOn = 'success'): void {
    scene = new DurableScene({ maxPayload });
    scene.scheduler.configure(resolveOptions({ defaults: { runOn } }));
    served = scene.serve();
  }

  const add = (runOn?: RunOn): BackgroundTask => served.add('1234567890', runOn === undefined ? {} : { runOn });

  it('is as much as may be stored together, and no byte more', () => {
    add();
    add();
    expect(add).toThrow(
      new RangeError(
        'Cannot add the durable task "Mailer.send": with it, the arguments of its batch take 42 bytes, and `maxPayload` is 28. ' +
          'Pass an id, and look the rest up in the task.',
      ),
    );
    expect([...served.batch.added]).toHaveLength(2);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 2 });
  });

  it('does not count what is for the other end, or stored already', async () => {
    add('failure');
    add('failure');
    add();
    add();
    await served.store();
    add();
    expect(add).not.toThrow();
    expect(add).toThrow('42 bytes');
  });

  it('counts what is for both ends with either', () => {
    add('always');
    add('failure');
    expect(add).not.toThrow();
    expect(add).toThrow('42 bytes');
  });

  it('counts what is added for neither end more than the other, where the default says so', () => {
    begin(2 * ONE, 'always');
    add('failure');
    add();
    expect(add).toThrow('42 bytes');
  });

  it('counts for the end that the default says', () => {
    begin(2 * ONE, 'failure');
    add('success');
    add('success');
    add();
    expect(add).not.toThrow();
    expect(add).toThrow('42 bytes');
  });

  it('is all of a group, or nothing; the first one is named, and how many others there are', () => {
    const tasks = ['send', 'audit', 'send'].map(
      (method) => new BackgroundTask(scene.mailer, method as 'send', '1234567890'),
    );
    const group = TaskGroup.ofItsOwn();
    const all = tasks.map((task) => ({ task, group }));
    expect(() => served.batch.addAll(all, served.call)).toThrow('"Mailer.send" and 2 more: with it');
    expect([...served.batch.added]).toEqual([]);
  });

  it('is in batches that those who ask see, each with an id of its own', async () => {
    add();
    await served.store();
    add();
    const ids = [...(served.batch.handover?.batches ?? [])].map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toBe(scene.stored[0]?.id);
  });
});
