import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { RecordingLogger } from '../../../../../test/harness/recording-logger.js';
import { rememberPlatformRequest } from '../http/platform-request.js';
import type { WaitUntil } from '../options/background-tasks.options.js';
import { TaskLog } from '../reports/task-log.js';
import { PlatformWait } from './platform-wait.js';

const boom = new RangeError('boom');

describe('the wait of the platform', () => {
  let logger: RecordingLogger;
  let batch: FakeBatch;
  let told: Array<Parameters<WaitUntil>>;

  beforeEach(() => {
    logger = new RecordingLogger();
    Logger.overrideLogger(logger);
    batch = new FakeBatch();
    told = [];
  });

  const waitWith = (waitUntil: WaitUntil): PlatformWait => new PlatformWait(waitUntil, new TaskLog());
  const recording = (): PlatformWait =>
    waitWith((finished, request) => {
      told.push([finished, request]);
    });
  const failure = expect.stringMatching(/^The option waitUntil failed: RangeError: boom/);
  const logged = (): unknown[] => logger.ofTasks('error').map(({ message }) => message);

  it('begins at once, for the request of the platform', () => {
    const request = {};
    rememberPlatformRequest(batch.request, request);
    recording().waitFor(batch.real);
    expect(told).toEqual([[expect.any(Promise), expect.anything()]]);
    expect(told[0]?.[1]).toBe(request);
  });

  it('ends when the batch has finished', async () => {
    const ended: string[] = [];
    recording().waitFor(batch.real);
    const end = told[0]?.[0].then(() => ended.push('ended'));
    // a promise that has resolved is told in one microtask
    await Promise.resolve();
    expect(ended).toEqual([]);
    batch.finish();
    await end;
    expect(ended).toEqual(['ended']);
  });

  it('is one for a batch, until that has finished', () => {
    const wait = recording();
    wait.waitFor(batch.real);
    wait.waitFor(batch.real);
    expect(told).toHaveLength(1);
    batch.finish();
    wait.waitFor(batch.real);
    wait.waitFor(batch.real);
    expect(told).toHaveLength(2);
    wait.waitFor(new FakeBatch().real);
    expect(told).toHaveLength(3);
  });

  it('begins in the async context of whoever adds the task', () => {
    const requests = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const wait = waitWith(() => void seen.push(requests.getStore()));
    requests.run('request 7', () => wait.waitFor(batch.real));
    expect(seen).toEqual(['request 7']);
  });

  it('is logged when it throws', () => {
    const wait = waitWith(() => {
      throw boom;
    });
    expect(() => wait.waitFor(batch.real)).not.toThrow();
    expect(logged()).toEqual([failure]);
  });

  it('is logged when it throws what cannot be looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const wait = waitWith(() => {
      throw proxy as Error;
    });
    expect(() => wait.waitFor(batch.real)).not.toThrow();
    expect(logged()).toEqual([expect.stringMatching(/^The option waitUntil failed/)]);
  });

  it('is logged when it rejects', async () => {
    const rejection = Promise.reject(boom);
    const rejecting = (): unknown => rejection;
    waitWith(rejecting).waitFor(batch.real);
    await rejection.catch(() => undefined);
    await Promise.resolve();
    expect(logged()).toEqual([failure]);
  });
});
