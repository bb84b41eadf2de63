import { RequestMethod } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/**
 * The global prefix of the application, as it holds for `paths`: nothing where all of them are excluded from it.
 *
 * @throws Error where some are, and the page would not find what it asks for.
 */
export function prefixFor(config: ApplicationConfig, paths: readonly string[]): string {
  const excluded = paths.filter((path) => isExcluded(config, path));
  if (excluded.length === paths.length) return '';
  if (excluded.length > 0) throw halfExcludedError(excluded);
  const prefix = config.getGlobalPrefix().replace(/^\/+|\/+$/g, '');
  return prefix === '' ? '' : `/${prefix}`;
}

const ALL: readonly number[] = [RequestMethod.ALL, -1];

/** As Nest does for middleware of all methods. */
function isExcluded(config: ApplicationConfig, path: string): boolean {
  const { exclude = [] } = config.getGlobalPrefixOptions();
  return exclude.some(({ pathRegex, requestMethod }) => ALL.includes(requestMethod) && pathRegex.test(path));
}

function halfExcludedError([first = '']: readonly string[]): Error {
  const path = first.slice(1);
  return new Error(
    `Cannot mount the inspector: \`exclude\` of setGlobalPrefix() has \`${path}\`, and not everything below it. Exclude ` +
      `\`${path}{/*rest}\`, or nothing of the inspector.`,
  );
}
