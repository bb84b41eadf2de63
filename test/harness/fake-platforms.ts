import type { ExpressApplication } from '../../libs/background-tasks/src/core/http/platforms/express.js';
import type { FastifyInstance } from '../../libs/background-tasks/src/core/http/platforms/fastify.js';
import { FakeRequest, FakeResponse } from './fake-exchange.js';

type Next = (error?: unknown) => void;

/** A response, or what a platform wraps around it, that tasks may be attached to. */
export interface Attachable {
  background?: unknown;
}

/** What the library uses of Express: prototypes, and middleware that is told apart by how many arguments it takes. */
export class FakeExpress implements ExpressApplication {
  readonly request = Object.create(FakeRequest.prototype) as object;
  readonly response = Object.create(FakeResponse.prototype) as object;
  readonly handlers: Array<(...args: never[]) => unknown> = [];

  use(handler: (...args: never[]) => unknown): void {
    this.handlers.push(handler);
  }

  /** A request and its response, as this application makes them. */
  exchange(): { request: FakeRequest; response: FakeResponse & Attachable } {
    const request = new FakeRequest();
    const response = new FakeResponse(request);
    Object.setPrototypeOf(request, this.request);
    Object.setPrototypeOf(response, this.response);
    return { request, response };
  }

  /** Leads a request through the middleware, or an error through the handlers of errors, to `last`. */
  handle({ request, response }: ReturnType<FakeExpress['exchange']>, last: Next, error?: unknown): void {
    const before = error === undefined ? [] : [error];
    const handlers = this.handlers.filter(({ length }) => length === before.length + 3);
    const first = handlers.reduceRight<Next>(
      (next, handler) => () => void Reflect.apply(handler, undefined, [...before, request, response, next]),
      last,
    );
    first(error);
  }
}

type Hook = Parameters<FastifyInstance['addHook']>[1];
type Accessor = { getter: () => unknown; setter?: (value: unknown) => void };

/** What the library uses of Fastify: hooks, and what decorates requests and replies. */
export class FakeFastify implements FastifyInstance {
  readonly hooks: Array<{ readonly name: string; readonly hook: Hook }> = [];
  readonly #requests = {};
  readonly #replies = {};

  addHook(name: string, hook: Hook): void {
    this.hooks.push({ name, hook });
  }

  decorateReply(name: string, accessor: Accessor): void {
    decorate(this.#replies, name, accessor);
  }

  decorateRequest(name: symbol, accessor: Accessor): void {
    decorate(this.#requests, name, accessor);
  }

  /** A request and its reply, wrapped around Node's own, as this instance makes them. */
  exchange(raw = new FakeRequest()) {
    const response: FakeResponse & Attachable = new FakeResponse(raw);
    const request = Object.assign(Object.create(this.#requests) as object, { raw: raw.raw });
    const parts = { raw: response.raw, request };
    const reply = Object.assign(Object.create(this.#replies) as Attachable, parts);
    return { raw, response, request, reply };
  }

  /** Leads a request through the hooks of `name` to `last`, or to the first that hands out an error. */
  run(name: string, { request, reply }: ReturnType<FakeFastify['exchange']>, last: Next): void {
    const first = this.hooks
      .filter((each) => each.name === name)
      .reduceRight<Next>(
        (next, { hook }) =>
          () =>
            hook(request, reply, (error) => (error === undefined ? next() : last(error))),
        last,
      );
    first();
  }
}

function decorate(prototype: object, name: string | symbol, { getter, setter }: Accessor): void {
  Object.defineProperty(prototype, name, { get: getter, ...(setter && { set: setter }) });
}
