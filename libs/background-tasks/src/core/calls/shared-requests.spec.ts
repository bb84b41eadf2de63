import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { Application } from './application.js';
import { applicationOfRequest, applicationsOfRequest, type MaybeServed, serveRequests } from './shared-requests.js';

let application: Application;
let other: Application;

beforeEach(() => {
  [application, other] = [new Application(), new Application()];
});

describe('the application of a request', () => {
  it('is the one that serves it', () => {
    const [request, another]: MaybeServed[] = [{}, {}];
    serveRequests(request, application);
    expect(applicationOfRequest(request)).toBe(application);
    expect(applicationOfRequest(another)).toBeUndefined();
  });

  it('is the one that serves all of its kind', () => {
    const requests = {};
    serveRequests(requests, application);
    expect(applicationOfRequest(Object.create(requests) as MaybeServed)).toBe(application);
  });

  it('is the last one made, and is not seen by whoever lists the request', () => {
    const request: MaybeServed = {};
    serveRequests(request, other);
    serveRequests(request, application);
    expect(applicationOfRequest(request)).toBe(application);
    expect({ ...request }).toEqual({});
  });

  it('is the last one that is open', () => {
    const request: MaybeServed = {};
    serveRequests(request, other);
    serveRequests(request, application);
    application.close();
    expect(applicationOfRequest(request)).toBe(other);
    other.close();
    expect(applicationOfRequest(request)).toBeUndefined();
  });
});

describe('the applications of a request', () => {
  it('are all that serve it, the last one first, each once', () => {
    const request: MaybeServed = {};
    for (const each of [application, other, application]) serveRequests(request, each);
    expectSame(applicationsOfRequest(request) ?? [], application, other);
  });

  it('are not kept once they are closed and others come', () => {
    const request: MaybeServed = {};
    serveRequests(request, other);
    other.close();
    serveRequests(request, application);
    expectSame(applicationsOfRequest(request) ?? [], application);
  });

  it('are not those of what it inherits from, where it has some of its own', () => {
    const requests = {};
    serveRequests(requests, other);
    const request = Object.create(requests) as MaybeServed;
    serveRequests(request, application);
    expectSame(applicationsOfRequest(request) ?? [], application);
    expectSame(applicationsOfRequest(requests) ?? [], other);
  });
});
