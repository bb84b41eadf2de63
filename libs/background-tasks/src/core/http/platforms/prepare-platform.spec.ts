import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AbstractHttpAdapter, ModulesContainer } from '@nestjs/core';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import { FakeExpress, FakeFastify } from '../../../../../../test/harness/fake-platforms.js';
import type { Application } from '../../calls/application.js';
import { applicationOfRequest } from '../../calls/shared-requests.js';
import { ServedRequest } from '../request.js';
import { preparePlatform } from './prepare-platform.js';

type Middleware = (request: unknown, response: unknown, next: () => void) => void;

class Configuring {
  configure(): void {}
}
class InheritsIt extends Configuring {}
class Plain {}

let application: Application;
let use: jest.Mock<(middleware: Middleware) => void>;

beforeEach(() => {
  ({ application } = new RecordingRunner());
  use = jest.fn();
});

function prepare(type: string, instance: unknown, hasDefaultScope: boolean, modules: readonly object[]): void {
  const adapter = { getType: () => type, getInstance: () => instance, use };
  const container = new Map(modules.map((metatype, index) => [`${index}`, { metatype }]));
  preparePlatform(adapter as unknown as AbstractHttpAdapter, container as unknown as ModulesContainer, {
    application,
    hasDefaultScope,
  });
}

/** What the middleware that was used makes of a request and its response. */
function tryMiddleware() {
  const request = new FakeRequest();
  const response = new FakeResponse(request);
  let served: unknown;
  expect(use).toHaveBeenCalledTimes(1);
  use.mock.calls[0]?.[0](request, response, () => (served = application.currentCall.served?.group));
  expect(served).toBe(ServedRequest.of(request.raw, application).group);
  return { givesBackground: 'background' in response, tellsApplication: applicationOfRequest(request) === application };
}

describe('preparePlatform', () => {
  it('prepares Express, which needs no middleware of its own', () => {
    const express = new FakeExpress();
    prepare('express', express, true, [Configuring, Configuring]);
    expect(applicationOfRequest(express.exchange().request)).toBe(application);
    expect(express.router.stack).toEqual([]);
    expect(use).not.toHaveBeenCalled();
  });

  it.each<[string, object[]]>([
    ['no other module does so', [Configuring]],
    ['other modules configure none', [Plain, Configuring, Plain]],
  ])('prepares Fastify, and puts no middleware in the way of its requests where %s', (_, modules) => {
    const fastify = new FakeFastify();
    prepare('fastify', fastify, true, modules);
    expect(applicationOfRequest(fastify.exchange().request)).toBe(application);
    expect(fastify.hooks.map(({ name }) => name)).toEqual(['onRequest', 'onRoute']);
    expect(use).not.toHaveBeenCalled();
  });

  it('puts its middleware first on Fastify where another module has some', () => {
    const fastify = new FakeFastify();
    prepare('fastify', fastify, true, [Configuring, Plain, InheritsIt]);
    expect(fastify.hooks.map(({ name }) => name)).toEqual(['onRequest', 'onRoute']);
    expect(tryMiddleware()).toEqual({ givesBackground: true, tellsApplication: false });
  });

  it('puts its middleware first on a platform of which nothing is known', () => {
    prepare('other', undefined, true, [Configuring]);
    expect(tryMiddleware()).toEqual({ givesBackground: false, tellsApplication: true });
  });
});
