import type { Application } from './application.js';

/** Where a request keeps the applications that serve it: on itself, or on its prototype; the last one first. */
export const APPLICATIONS = Symbol('nestjs-background-tasks.applications');

/** A request that some application may serve. */
export type MaybeServed = object & { readonly [APPLICATIONS]?: readonly Application[] };

/** The applications whose server makes `request`: several may share one. Of those that are closed, some may be missing. */
export function applicationsOfRequest(request: MaybeServed): readonly Application[] | undefined {
  return request[APPLICATIONS];
}

/** The application that serves `request` and is open; where several do, the one that was made last. */
export function applicationOfRequest(request: MaybeServed): Application | undefined {
  return request[APPLICATIONS]?.find(({ isClosed }) => !isClosed);
}

/** Makes `application` serve `requests`, too: one, or all that have it as their prototype. */
export function serveRequests(requests: object, application: Application): void {
  const others: MaybeServed = Object.hasOwn(requests, APPLICATIONS) ? requests : {};
  const open = (others[APPLICATIONS] ?? []).filter((each) => each !== application && !each.isClosed);
  Object.defineProperty(requests, APPLICATIONS, { value: [application, ...open], configurable: true });
}
