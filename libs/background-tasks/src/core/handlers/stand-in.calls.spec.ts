import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Application } from '../calls/application.js';
import { NoActiveRequestError } from '../errors/background-tasks.errors.js';
import { RequestCall } from '../http/request-call.js';
import { statusOf } from '../http/known-response.js';
import { lastCallOn, ServedRequest } from '../http/request.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { tasksForParameter } from './parameter-tasks.js';
import { type Leads, putStandIn } from './stand-in.js';

class Site {
  /** Says on what it was called, with what, and what is at work then. */
  handler(...args: unknown[]): unknown[] {
    return [this, args, lastCallOn(request.raw)?.state];
  }
}

let application: Application;
let request: FakeRequest;
let response: FakeResponse;
/** A class of its own for each test: what stands in for a method stays there. */
let Own: typeof Site;
let own: Site['handler'];
let site: Site;

const methodOf = (of: object, key: string | symbol = 'handler'): Site['handler'] => Reflect.get(of, key) as never;

beforeEach(() => {
  ({ application } = new RecordingRunner());
  request = new FakeRequest();
  response = new FakeResponse(request);
  Own = class extends Site {
    override handler(...args: unknown[]): unknown[] {
      return super.handler(...args);
    }
  };
  own = methodOf(Own.prototype);
  site = new Own();
});

const NOWHERE: Leads = { tasks: undefined, response: undefined };

function put(leads: Partial<Leads> = {}): void {
  const standIn = putStandIn(Own.prototype, 'handler', { ...NOWHERE, ...leads });
  if (standIn === undefined) throw new Error('nothing stands in');
  standIn.serve(site, { application, handler: { getClass: () => Own, getHandler: () => own } });
}

const tasks = (): BackgroundTasks => tasksForParameter(request.raw, request, Own);

describe('a call with tasks for a parameter', () => {
  it('is followed the first time, wherever it comes from', () => {
    put({ tasks: 1 });
    const given = tasks();
    expect(site.handler('one', given)).toEqual([site, ['one', given], 'running']);
    const call = lastCallOn(request.raw);
    expect([call?.state, call?.name]).toEqual(['completed', 'Own.handler']);
    expect(site.handler('two', given)).toEqual([site, ['two', given], 'completed']);
    expect(lastCallOn(request.raw)).toBe(call);
  });

  it('is followed on what was made of a controller', () => {
    put({ tasks: 0 });
    expect((Object.create(site) as Site).handler(tasks())[2]).toBe('running');
  });

  it.each<[string, () => unknown]>([
    ['of one that somebody has made', () => new BackgroundTasks()],
    ['without any', () => undefined],
  ])('is none: %s', (_, make) => {
    put({ tasks: 0 });
    expect(site.handler(make())[2]).toBeUndefined();
  });

  it.each<[string, () => unknown]>([
    ['a controller that nobody has said is served', () => new Own().handler(tasks())],
    ['nothing', () => Reflect.apply(methodOf(site), undefined, [tasks()])],
  ])('is refused on %s', (_, call) => {
    put({ tasks: 0 });
    expect(call).toThrow(NoActiveRequestError);
    expect(call).toThrow('BackgroundTasksModule is not imported');
  });
});

describe('a call with a response', () => {
  const onFastify = () => ({ request: { raw: request }, raw: response, req: 'no promise' });
  const onExpress = () => Object.assign(response, { request: 'of somebody' });

  it.each([
    ['Express', onExpress],
    ['Fastify', onFastify],
  ])('is followed once for a request, which it leads to, as on %s', (_, make) => {
    put({ response: 0 });
    response.statusCode = 203;
    expect(site.handler(make())[2]).toBe('running');
    expect(statusOf(request.raw)).toBe(203);
    expect(site.handler(make())[2]).toBe('completed');
  });

  it('is followed beside one of another application', () => {
    put({ response: 0 });
    const other = new RequestCall(request.raw, new RecordingRunner().application);
    other.start();
    site.handler(onExpress());
    expect(other.state).toBe('running');
    expect(ServedRequest.existing(request.raw, application)?.call?.state).toBe('completed');
  });

  it.each<[string, () => unknown]>([
    ['without one', () => site.handler({ request: 'none' })],
    ['on a controller that nobody has said is served', () => new Own().handler(onExpress())],
  ])('is none: %s', (_, call) => {
    put({ response: 0 });
    expect(call()).toMatchObject({ 2: undefined });
  });
});

describe('a call with neither', () => {
  it('is followed where its request is found by async context, and no call of it', () => {
    application.findsRequests = true;
    put();
    expect(site.handler()[2]).toBeUndefined();
    const served = ServedRequest.of(request.raw, application);
    expect(served.enter(() => site.handler()[2])).toBe('running');
    expect(served.enter(() => site.handler()[2])).toBe('completed');
  });
});
