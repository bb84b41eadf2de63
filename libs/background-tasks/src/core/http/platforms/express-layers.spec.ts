import { AsyncResource } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../../test/harness/expect-same.js';
import { FakeRequest, RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import { FakeExpress } from '../../../../../../test/harness/fake-platforms.js';
import type { Application } from '../../calls/application.js';
import { serveRequests } from '../../calls/shared-requests.js';
import { ServedRequest } from '../request.js';
import { enterAtEveryLayer } from './express-layers.js';

let application: Application;
let express: FakeExpress;
let exchange: ReturnType<FakeExpress['exchange']>;
let seen: unknown[];

function applicationThatFinds(): Application {
  const { application: made } = new RecordingRunner();
  made.findsRequests = true;
  return made;
}

beforeEach(() => {
  seen = [];
  application = applicationThatFinds();
  express = new FakeExpress();
  serveRequests(express.request, application);
  exchange = express.exchange();
});

const served = ({ request } = exchange, by = application) => ServedRequest.of(request.raw, by);
const look = (): void => void seen.push(application.currentCall.served);

describe('every function that Express calls', () => {
  it('is called with its request as what is served, whether it was there before', () => {
    const looks = (_request: unknown, _response: unknown, next: () => void): void => (look(), next());
    express.router.use(looks);
    enterAtEveryLayer(express.router);
    express.router.use(looks);
    express.handle(exchange, () => undefined);
    expectSame(seen, served(), served());
  });

  it('is so behind one that calls it in the context of another request', () => {
    enterAtEveryLayer(express.router);
    const other = express.exchange();
    const elsewhere = ServedRequest.enter(other.request.raw, application, () => new AsyncResource('elsewhere'));
    express.router.use((_request: unknown, _response: unknown, next: () => void) => elsewhere.runInAsyncScope(next));
    express.router.use((_request: unknown, _response: unknown, next: () => void) => (look(), next()));
    express.handle(exchange, look);
    // what Express calls last is none of its layers: it is entered within the one before
    expectSame(seen, served(), served());
  });

  it('is so with an error, which is passed on', () => {
    enterAtEveryLayer(express.router);
    const error = new SyntaxError('no JSON');
    express.router.use((_error: unknown, _request: unknown, _response: unknown, _next: unknown) => look());
    express.router.stack.at(-1)?.handleError(error, exchange.request.raw, exchange.response, look);
    expectSame(seen, served());
  });

  it('is left alone where no application asks for it', () => {
    enterAtEveryLayer(express.router);
    express.router.use((_request: unknown, _response: unknown, next: () => void) => (look(), next()));
    application.findsRequests = false;
    express.handle(exchange, look);
    Object.setPrototypeOf(exchange.request, FakeRequest.prototype);
    express.handle(exchange, look);
    expectSame(seen, undefined, undefined, undefined, undefined);
  });

  it('is called with what every application of its server serves, and others that have met the request', () => {
    const [second, around, closed] = [applicationThatFinds(), applicationThatFinds(), applicationThatFinds()];
    for (const each of [second, closed]) serveRequests(express.request, each);
    closed.close();
    const ofAround = served(exchange, around);
    enterAtEveryLayer(express.router);
    express.router.use((_request: unknown, _response: unknown, _next: unknown) => {
      for (const each of [application, second, around, closed]) seen.push(each.currentCall.served);
    });
    express.handle(exchange, () => undefined);
    expectSame(seen, served(), served(exchange, second), ofAround, undefined);
  });
});

describe('a router of another copy of Express', () => {
  it('has its functions called so, too', () => {
    const other = new FakeExpress().router;
    other.use(() => look());
    const router = Object.assign(
      (request: never, ...rest: unknown[]) => other.stack[0]?.handleRequest(request, ...rest),
      other,
    );
    enterAtEveryLayer(express.router);
    express.router.use(router);
    const elsewhere = ServedRequest.enter(
      express.exchange().request.raw,
      application,
      () => new AsyncResource('elsewhere'),
    );
    express.router.stack[0]?.handleRequest(exchange.request.raw, exchange.response);
    elsewhere.runInAsyncScope(() => other.stack[0]?.handleRequest(exchange.request.raw, exchange.response));
    expectSame(seen, served(), served());
  });
});

describe('enterAtEveryLayer', () => {
  it('leaves nothing in the chain, and does its work once', () => {
    enterAtEveryLayer(express.router);
    const { handleRequest, handleError } = express.router.Layer.prototype;
    enterAtEveryLayer(express.router);
    expectSame(
      [express.router.Layer.prototype.handleRequest, express.router.Layer.prototype.handleError],
      handleRequest,
      handleError,
    );
    expect(express.router.stack).toEqual([]);
  });
});
