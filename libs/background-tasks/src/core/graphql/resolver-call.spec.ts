import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { batchOf, rememberResponse } from '../http/request.js';
import { ResolverCall } from './resolver-call.js';

let runner: RecordingRunner;
let request: FakeRequest;
let response: FakeResponse;

beforeEach(() => {
  runner = new RecordingRunner();
  request = new FakeRequest();
  response = new FakeResponse(request);
  rememberResponse(request.raw, response.raw);
});

/** A resolver at work, which adds a task. */
function resolving(): ResolverCall {
  const call = new ResolverCall(request.raw, runner.application);
  call.start();
  call.within(() => call.newTasks().addTask(() => undefined));
  return call;
}

/** The outcomes of the tasks that may start. */
function outcomes(): string[] {
  const taken: string[] = [];
  const batch = batchOf(request.raw, runner.application);
  for (let entry = batch.take(); entry !== undefined; entry = batch.take()) taken.push(entry.outcome);
  return taken;
}

describe('the call of a resolver', () => {
  it('shares its batch with the others of its request', () => {
    const [one, other] = [resolving(), resolving()];
    expect(one.batch).toBe(batchOf(request.raw, runner.application));
    expect(one.existingBatch).toBe(one.batch);
    expect(other.batch).toBe(one.batch);
    expectSame(runner.application.openBatches.atWork, one, other);
  });

  it('is not waited for before it starts', () => {
    const call = new ResolverCall(request.raw, runner.application);
    expect([...call.batch.settling.atWork]).toEqual([]);
    call.start();
    expectSame(call.batch.settling.atWork, call);
  });

  it('is waited for with the others, and its tasks end as it does', () => {
    const [one, other] = [resolving(), resolving()];
    response.finish();
    one.end('completed');
    expect(outcomes()).toEqual([]);
    other.end('errored');
    expect(outcomes()).toEqual(['success', 'failure']);
    expect([...runner.application.openBatches.atWork]).toEqual([]);
  });

  it.each<[string, boolean, 'completed' | 'errored', string]>([
    ['had answered', true, 'completed', 'success'],
    ['had not answered', false, 'errored', 'failure'],
  ])('that is torn down when it %s: %p %s', (_, hasAnswered, state, outcome) => {
    const call = resolving();
    if (hasAnswered) call.answer();
    call.end('torn down');
    response.finish();
    expect(call.state).toBe(state);
    expect(outcomes()).toEqual([outcome]);
  });

  it('has errored also when it had answered before', () => {
    const call = resolving();
    call.answer();
    call.end('errored');
    expect(call.state).toBe('errored');
  });
});
