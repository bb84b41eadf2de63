import { isObservable, tap } from 'rxjs';
import type { SeenCall, SeenRequest } from './seen.js';
import type { Stage } from './stage.js';

type Method = (this: { readonly stage: Stage }, ...args: unknown[]) => unknown;

/**
 * Has each handler that `heir` inherits take note of its calls by itself, for applications that have no interceptor.
 *
 * It is a decorator that wraps a method, as there are many: what is written about the method is copied.
 */
export function noteCalls(heir: { readonly prototype: object }): void {
  const parent = Object.getPrototypeOf(heir.prototype) as object;
  for (const key of Object.getOwnPropertyNames(parent)) {
    const method: unknown = Reflect.get(parent, key);
    if (typeof method !== 'function' || !Reflect.hasMetadata('path', method)) continue;
    // one that has an interceptor of its own is no handler there
    if (Reflect.hasMetadata('__interceptors__', method)) {
      Object.defineProperty(heir.prototype, key, { value: () => undefined });
      continue;
    }
    const noting = noted(method as Method);
    for (const written of Reflect.getMetadataKeys(method) as string[]) {
      Reflect.defineMetadata(written, Reflect.getMetadata(written, method), noting);
    }
    Object.defineProperty(heir.prototype, key, { value: noting, writable: true, configurable: true });
  }
}

function noted(method: Method): Method {
  return function (...args) {
    const seen = this.stage.requestAt(String(args[0]));
    const call = seen.startCall();
    try {
      return followed(Reflect.apply(method, this, args), seen, call);
    } catch (error) {
      end(seen, call, 'errored');
      throw error;
    }
  };
}

function followed(result: unknown, seen: SeenRequest, call: SeenCall): unknown {
  const mark = (state: SeenCall['state']) => (): void => end(seen, call, state);
  if (isObservable(result)) {
    const hasLeft = (): boolean => seen.left !== undefined || seen.response?.req?.socket?.destroyed === true;
    // as if it had not begun: whoever has left may be gone before anybody subscribes
    call.state = 'unseen';
    return result.pipe(
      tap({
        subscribe: mark('running'),
        complete: mark('completed'),
        error: mark('errored'),
        unsubscribe: () => {
          if (hasLeft()) seen.markTornDown();
          mark(hasLeft() ? 'torn down' : 'given up')();
        },
      }),
    );
  }
  if (!(result instanceof Promise)) {
    mark('completed')();
    return result;
  }
  result.then(mark('completed'), mark('errored'));
  return result;
}

function end(seen: SeenRequest, call: SeenCall, state: SeenCall['state']): void {
  call.state = state;
  call.status = seen.response?.statusCode;
}
