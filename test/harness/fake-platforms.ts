import type { ExpressLayer } from '../../libs/background-tasks/src/core/http/platforms/express-layers.js';
import type { ExpressApplication } from '../../libs/background-tasks/src/core/http/platforms/express.js';
import type { FastifyInstance } from '../../libs/background-tasks/src/core/http/platforms/fastify.js';
import { FakeRequest, FakeResponse } from './fake-exchange.js';

type Next = (error?: unknown) => void;

/** A response, or what a platform wraps around it, that tasks may be attached to. */
export interface Attachable {
  background?: unknown;
}

type Handler = (...args: unknown[]) => unknown;

/** One function in the chain of a fake Express. */
class FakeLayer implements ExpressLayer {
  constructor(readonly handle: Handler) {}

  declare handleRequest: ExpressLayer['handleRequest'];
  declare handleError: ExpressLayer['handleError'];
}

/** The class of layers that one copy of Express has. */
function layersOfOneCopy(): typeof FakeLayer {
  class Layer extends FakeLayer {}
  Object.assign(Layer.prototype, { handleRequest: call, handleError: call });
  return Layer;
}

function call(this: ExpressLayer, ...args: unknown[]): void {
  (this.handle as Handler)(...args);
}

/** What the library uses of Express: prototypes, and a chain of functions, told apart by how many arguments they take. */
export class FakeExpress implements ExpressApplication {
  readonly request = Object.create(FakeRequest.prototype) as object;
  readonly response = Object.create(FakeResponse.prototype) as object;
  readonly router = {
    Layer: layersOfOneCopy(),
    stack: new Array<FakeLayer>(),
    use(handler: (...args: never[]) => unknown): void {
      this.stack.push(new this.Layer(handler as Handler));
    },
  };

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
    const length = error === undefined ? 3 : 4;
    const layers = this.router.stack.filter(({ handle }) => handle.length === length);
    const first = layers.reduceRight<Next>(
      (next, layer) => () => {
        if (error === undefined) layer.handleRequest(request.raw, response, next);
        else layer.handleError(error, request.raw, response, next);
      },
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

  hasReplyDecorator(name: string): boolean {
    return name in this.#replies;
  }

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
