import { expect, it } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';

it('whoever hears that a batch has finished can add a task, and wait for that', async () => {
  const scene = new SchedulerScene();
  const batch = new FakeBatch();
  let idle: Promise<void> | undefined;
  scene.recorded.events.events$.subscribe(({ type }) => {
    if (type !== 'finished' || idle !== undefined) return;
    scene.add(batch, 'b', () => Promise.resolve().then(() => scene.timeline.mark('b ends')));
    scene.scheduler.run(batch.real);
    idle = scene.runner.idle();
    scene.timeline.mark('finished');
  });
  scene.add(batch, 'a');
  scene.scheduler.run(batch.real);
  await scene.timeline.until('finished');
  await idle;
  expect(scene.timeline.events).toEqual(['a', 'finished', 'b', 'b ends']);
});
