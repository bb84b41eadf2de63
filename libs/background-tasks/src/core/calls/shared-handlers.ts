import type { Application } from './application.js';

/** Weakly: a test may leave its application without closing it, and its classes may live on. */
const byClass = new WeakMap<object, ReadonlyArray<WeakRef<Application>>>();

/**
 * The applications that have `handlers`, the class of a controller, gateway or resolver, and are open; the last one first.
 *
 * For what Nest calls without asking for the interceptor of an application: everything else is told by that.
 */
export function applicationsOfHandlers(handlers: object): Application[] {
  const applications = Array.from(byClass.get(handlers) ?? [], (reference) => reference.deref());
  return applications.filter((each): each is Application => each?.isClosed === false);
}

/** Remembers that `handlers` are those of `application`, too. */
export function serveHandlers(handlers: object, application: Application): void {
  const others = applicationsOfHandlers(handlers).filter((each) => each !== application);
  byClass.set(
    handlers,
    [application, ...others].map((each) => new WeakRef(each)),
  );
}
