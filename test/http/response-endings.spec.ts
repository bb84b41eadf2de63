import { describe, expect, it } from '@jest/globals';
import { platforms, request } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { nest } from '../harness/nest.js';
import { scene } from './response-endings/current-scene.js';
import { startEndings } from './response-endings/endings.module.js';
import { expectNoTaskYet, expectTasksRan, handlerSettled } from './response-endings/expectations.js';

/** Nest 12 streams async generators and web responses; on Nest 11 they are no answers. */
const onNest12 = nest.is12 ? it : it.skip;

/** Before Nest 11.2 a handler goes on, whether or not its client is there. */
const whereTornDown = nest.tearsDown ? it : it.skip;

describe.each(platforms)('the tasks of a response on $name', (platform) => {
  it.each([
    ['/json', 200],
    ['/promise', 200],
    ['/observable', 200],
    ['/passthrough', 202],
    ['/render', 200],
    ['/redirect', 302],
    ['/204', 204],
    ['/304', 304],
    ['/sse-that-ends', 200],
  ])('run after a complete %s', async (path, status) => {
    const running = await startEndings(platform);
    expect((await request(running, path)).status).toBe(status);
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  it('run after a HEAD', async () => {
    const running = await startEndings(platform);
    expect((await request(running, '/head', { method: 'HEAD' })).status).toBe(200);
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  const expectStreamed = async (path: string): Promise<void> => {
    const running = await startEndings(platform);
    const answer = request(running, path);
    await scene().timeline.until('handler settled');
    await expectNoTaskYet();
    scene().release.resolve();
    expect((await answer).body).toBe('beginend');
    await expectTasksRan(running, { outcome: 'success', after: ['stream ends', 'finish'] });
  };
  it('run after the last byte of a StreamableFile', async () => expectStreamed('/file'));
  onNest12('run after the last byte of an async generator (streamed since Nest 12)', () =>
    expectStreamed('/generator'),
  );
  onNest12('run after the last byte of a web Response (streamed since Nest 12)', () => expectStreamed('/web-response'));

  it('run after a stream that failed in the middle, as those of an aborted success', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/broken-file');
    await connection.receives('begin');
    await expectNoTaskYet();
    scene().release.resolve();
    await scene().timeline.until('close');
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: handlerSettled });
  });

  it('wait for a handler that has sent and still awaits', async () => {
    const running = await startEndings(platform);
    expect((await request(running, '/sends-then-awaits')).body).toBe('fine');
    await scene().timeline.until('close');
    await expectNoTaskYet();
    scene().release.resolve();
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  it('wait for a handler that has ended and sends later', async () => {
    const running = await startEndings(platform);
    const answer = request(running, '/sends-later');
    await scene().timeline.until('handler settled');
    await expectNoTaskYet();
    scene().release.resolve();
    expect((await answer).body).toBe('fine');
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  it.each([
    ['a handler that throws', '/throws', 400, handlerSettled],
    ['a handler that throws, although a filter answers 200', '/throws-but-a-filter-answers-200', 200, handlerSettled],
    ['a guard that denies', '/denied', 403, []],
    ['middleware that throws', '/middleware/throws', 400, []],
    ['middleware on an unknown route', '/middleware/nowhere', 404, []],
  ])('run as those of a failure after %s', async (_, path, status, after) => {
    const running = await startEndings(platform);
    expect((await request(running, path)).status).toBe(status);
    await expectTasksRan(running, { outcome: 'failure', after: ['finish', ...after] });
  });

  it('run as those of a success after middleware that answers by itself', async () => {
    const running = await startEndings(platform);
    expect((await request(running, '/middleware/answers')).body).toBe('answered by middleware');
    await expectTasksRan(running, { outcome: 'success', after: ['finish'] });
  });

  it('wait for a Promise handler whose client has gone', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/slow');
    await scene().entered.promise;
    connection.hangUp();
    await scene().timeline.until('close');
    await expectNoTaskYet();
    scene().release.resolve();
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: ['close', ...handlerSettled] });
    expect(scene().timeline.count('finish')).toBe(0);
  });

  it('run as those of a failure when the handler throws after its client has gone', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/slow-throws');
    await scene().entered.promise;
    connection.hangUp();
    await scene().timeline.until('close');
    scene().release.resolve();
    await expectTasksRan(running, { outcome: 'failure', aborted: true, after: ['close', ...handlerSettled] });
  });

  whereTornDown(
    'run as those of a failure when the client left an unanswered Observable (since Nest 11.2)',
    async () => {
      const running = await startEndings(platform);
      const connection = await Connection.open(running);
      connection.send('/never');
      await scene().entered.promise;
      connection.hangUp();
      await scene().timeline.until('handler settled');
      await expectTasksRan(running, { outcome: 'failure', aborted: true, after: handlerSettled });
    },
  );

  it('run as those of a success when the client left a stream of events', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/sse');
    await connection.receives('tick 3');
    await expectNoTaskYet();
    connection.hangUp();
    await scene().timeline.until('handler settled');
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: handlerSettled });
  });

  it('run after a client that left in the middle of a huge body', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/huge');
    await connection.receives('xxx');
    connection.pause();
    await expectNoTaskYet();
    connection.hangUp();
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: handlerSettled });
  });

  it('run for a pipelined request whose turn to be answered never came', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/first-in-the-pipeline', '/quick');
    await scene().timeline.until('handler settled');
    await expectNoTaskYet();
    connection.hangUp();
    await expectTasksRan(running, {
      outcome: 'success',
      aborted: true,
      store: 'the second adder',
      after: ['socket close', ...handlerSettled],
    });
    scene().release.resolve();
  });

  it('are not held up by an inner interceptor or a pipe that throws', async () => {
    const running = await startEndings(platform);
    expect((await request(running, '/inner-interceptor-throws')).status).toBe(500);
    expect((await request(running, '/pipe-throws?id=x')).status).toBe(400);
    await running.runner.idle();
    expect(scene().timeline.of('task ')).toEqual([]);
  });
});
