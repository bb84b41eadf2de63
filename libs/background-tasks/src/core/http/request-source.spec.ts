import { describe, expect, it } from '@jest/globals';
import { FakeRequest } from '../../../../../test/harness/fake-exchange.js';
import { rememberPlatformRequest } from './platform-request.js';
import { sourceOfRequest } from './request-source.js';

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
    expect(sourceOfRequest(onFastify({ routeOptions: { url: '/users/:id' } }), 'Users.get')).toEqual({
      ...source,
      handler: 'Users.get',
    });
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
