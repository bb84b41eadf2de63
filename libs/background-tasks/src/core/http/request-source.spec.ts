import { describe, expect, it } from '@jest/globals';
import { FakeRequest } from '../../../../../test/harness/fake-exchange.js';
import { rememberPlatformRequest } from './platform-request.js';
import { sourceOfCall, sourceOfRequest } from './request-source.js';

const onExpress = (found: object) => Object.assign(new FakeRequest(), found).raw;

function onFastify(request: unknown) {
  const { raw } = new FakeRequest();
  rememberPlatformRequest(raw, request);
  return raw;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('what a request is called', () => {
  it('is its method and the template of its route, and its handler, where that is known', () => {
    const source = { kind: 'http', name: 'GET /users/:id' };
    expect(sourceOfRequest(onExpress({ route: { path: '/users/:id' } }))).toEqual(source);
    const called = { handler: { getClass: () => FakeRequest, getHandler: () => revoked }, name: 'Users.get' };
    const onRoute = (url: string) => onFastify({ routeOptions: { url } });
    const told = sourceOfCall(onRoute('/users/:id'), called);
    expect(told).toEqual({ ...source, handler: 'Users.get' });
    // not made again for each request, and not changed by whoever is told
    expect(sourceOfCall(onRoute('/users/:id'), called)).toBe(told);
    expect(Object.isFrozen(told)).toBe(true);
    expect(sourceOfCall(onRoute('/people/:id'), called).name).toBe('GET /people/:id');
    const heir = { ...called, handler: { ...called.handler, getClass: () => Object }, name: 'Heir.get' };
    expect(sourceOfCall(onRoute('/people/:id'), heir).handler).toBe('Heir.get');
    expect(sourceOfCall(onRoute('/users/:id'), { name: 'unknown' })).toEqual(source);
  });

  it.each([
    ['no route', onExpress({ url: '/secret' })],
    ['no route of Fastify', onFastify({ routeOptions: {}, url: '/secret' })],
    ['a route that is no text', onExpress({ route: { path: /secret/ } })],
    ['a route that cannot be looked at', onExpress({ route: revoked() })],
    [
      'a route that throws',
      onFastify({
        get routeOptions() {
          throw new Error('on purpose');
        },
      }),
    ],
  ])('has %s: the method alone', (_, request) => {
    expect(sourceOfRequest(request)).toEqual({ kind: 'http', name: 'GET (no route)' });
  });
});
