import { createRequire } from 'node:module';
import type { INestApplication } from '@nestjs/common';

const { version } = createRequire(import.meta.url)('@nestjs/core/package.json') as { readonly version: string };
const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);

/** Whether the NestJS of this run is this version, or a later one. */
const isSince = (...wanted: [major: number, minor: number, patch?: number]): boolean => {
  const [wantedMajor, wantedMinor, wantedPatch = 0] = wanted;
  if (major !== wantedMajor) return major > wantedMajor;
  return minor === wantedMinor ? patch >= wantedPatch : minor > wantedMinor;
};

/** What the NestJS of this run can do. */
export const nest = {
  /** Scoped gateways; async generators and web responses as answers. */
  is12: isSince(12, 0),
  /** Cuts connections when Fastify closes, and has it refuse what comes while the application shuts down. */
  closesFastify: isSince(12, 0),
  /** Does not start where it cannot make a global guard, or what is bound like one. */
  refusesUnmade: isSince(11, 2),
  /** Unsubscribes from a handler whose client has hung up. */
  tearsDown: isSince(11, 2),
  /** Makes request-scoped guards for static resolvers, and request-scoped resolvers under any token. */
  scopesResolvers: isSince(11, 2, 8),
  /** Keeps middleware given to Fastify's `app.use()` until the application is initialized. */
  keepsMiddleware: isSince(11, 1),
};

type Middleware = (request: never, response: never, next: () => void) => void;

/** `app.use()`, as early as this version of NestJS takes it. */
export async function useMiddleware(app: INestApplication, middleware: Middleware): Promise<void> {
  const isFastify = app.getHttpAdapter().getType() === 'fastify';
  if (isFastify && !nest.keepsMiddleware) await app.init();
  app.use(middleware);
}
