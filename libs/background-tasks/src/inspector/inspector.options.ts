import type { NestMiddleware } from '@nestjs/common';
import { described, wrongValue } from '../core/errors/wording.js';
import { checkKnown, isCount } from '../core/tasks/task-options.js';
import type { Redact } from './kept-error.js';

/** A request of Express or Fastify, typed as Nest types it for middleware: your own annotation says which. */
type PlatformRequest = Parameters<NestMiddleware['use']>[0];

/** Whether whoever has sent this request may see the inspector. */
export type Authorize = (request: PlatformRequest) => boolean | Promise<boolean>;

/** What `InspectorModule` takes. */
export interface InspectorModuleOptions {
  /** Where the page is, below the global prefix, as the path of a controller would be: `inspector`, `admin/tasks`. */
  path: string;
  /**
   * Asked before anything is answered, by every route: only `true`, or a promise of it, lets a request in.
   *
   * All else is 403. An `HttpException` that it throws gives the status of the answer; what else it throws is logged. It
   * gets the platform's request: of Express, or of Fastify, where what middleware has written is on `request.raw`. While a
   * page is open, it is asked again every minute, with the request that opened it.
   *
   * @example
   * authorize: (request: Request) => request.user?.isAdmin === true
   */
  authorize: Authorize;
  /** How many batches are kept, the latest. @default 500 */
  keep?: number;
  /** How many batches with a failed task are kept, whatever came after them. @default 100 */
  keepFailed?: number;
  /** Takes secrets out of a message or a stack before it is kept. @default keeps it as it is */
  redact?: Redact;
}

export type ResolvedInspectorOptions = Readonly<Required<InspectorModuleOptions>>;

const NAMES = ['path', 'authorize', 'keep', 'keepFailed', 'redact'];

/** Segments of letters, digits and what is as harmless in a URL. */
const PATH = /^\/?[\w~-][\w.~-]*(\/[\w~-][\w.~-]*)*\/?$/;

/**
 * The options as given, with the defaults for what was not.
 *
 * @throws TypeError for an option or a value that does not exist.
 */
export function resolveInspectorOptions(options: InspectorModuleOptions): ResolvedInspectorOptions {
  checkKnown('options', options, NAMES);
  const { path, authorize, keep = 500, keepFailed = 100, redact = (text) => text } = options;
  if (typeof path !== 'string' || !PATH.test(path)) {
    throw wrongValue('path', 'a path without parameters, such as `inspector` or `admin/tasks`', path);
  }
  checkAuthorize(authorize);
  checkCount('keep', keep);
  checkCount('keepFailed', keepFailed);
  if (typeof redact !== 'function') throw wrongValue('redact', 'a function', redact);
  return { path: path.replace(/^\/|\/$/g, ''), authorize, keep, keepFailed, redact };
}

function checkAuthorize(authorize: unknown): void {
  if (typeof authorize === 'function') return;
  throw new TypeError(
    'Expected `authorize` to be a function that says who may see the inspector, such as ' +
      `\`(request) => request.user?.isAdmin === true\`, got ${described(authorize)}. No guard of the application ` +
      'protects the inspector. While you develop, `onlyThisMachine` lets in what comes from this machine.',
  );
}

function checkCount(name: string, value: unknown): void {
  if (!isCount(value) || value === 0 || value === Infinity) throw wrongValue(name, 'a whole number above 0', value);
}
