import { expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';

it('whoever hears that a batch has finished can add a task, and wait for that', async () => {
  const scene = new SchedulerScene();
  const batch = new FakeBatch();
  const idle = deferred();
  const subscription = scene.recorded.events.events$.subscribe(({ type }) => {
    if (type !== 'finished') return;
    subscription.unsubscribe();
    scene.add(batch, 'b', () => Promise.resolve().then(() => scene.timeline.mark('b ends')));
    scene.scheduler.run(batch.real);
    void scene.runner.idle().then(() => idle.resolve());
  });
  scene.add(batch, 'a');
  scene.scheduler.run(batch.real);
  await idle.promise;
  expect(scene.timeline.events).toEqual(['a', 'b', 'b ends']);
});
