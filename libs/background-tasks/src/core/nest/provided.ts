import type { ModulesContainer } from '@nestjs/core';
import { isGlobalEnhancer } from './metadata.js';

/** Something that a module provides. */
export interface Provided {
  readonly token: unknown;
  /** Its class, or what makes it; none where it is a value. */
  readonly metatype: unknown;
  /** What it is, once it has been made. */
  readonly instance: unknown;
  /** The name of the module that provides it. */
  readonly module: string;
}

/** All that is provided under `token`, or is an instance of the class `token`. */
export function providedAs(token: unknown, modules: ModulesContainer): Provided[] {
  return providedIn(modules).filter((provided) => provided.token === token || provided.metatype === token);
}

/** All that is provided. */
export function providedIn(modules: ModulesContainer): Provided[] {
  return [...modules.values()].flatMap(({ providers, name: module }) =>
    Array.from(providers.values(), ({ token, metatype, instance }) => ({
      token,
      metatype,
      instance,
      module,
    })),
  );
}

/** A global guard, pipe, interceptor or filter. */
export interface GlobalEnhancer {
  readonly token: unknown;
  /** What it is provided as: `APP_GUARD` or its like. */
  readonly kind: string;
  /** Its class, or what the factory that makes it asks for. */
  readonly names: readonly string[];
}

/**
 * The global enhancers that Nest has bound although it could not make them: what they depend on is request-scoped, and
 * they are said not to be.
 */
export function unmadeGlobalEnhancers(modules: ModulesContainer): GlobalEnhancer[] {
  return [...modules.values()].flatMap(({ providers }) =>
    [...providers.values()]
      .filter((wrapper) => isGlobalEnhancer(wrapper.token) && !wrapper.isDependencyTreeStatic())
      .map(({ token, inject, metatype }) => ({
        token,
        kind: String(token).replace(/ .*/, ''),
        names: (inject ?? [metatype]).flatMap((asked: unknown) => nameOf(asked)),
      })),
  );
}

function nameOf(token: unknown): string[] {
  if (typeof token === 'string') return [token];
  return typeof token === 'function' ? [token.name] : [];
}
