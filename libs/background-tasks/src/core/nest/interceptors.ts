import type { NestInterceptor, Type } from '@nestjs/common';
import { ExternalContextCreator, type ModulesContainer } from '@nestjs/core';
import type { HandlerClass } from './metadata.js';

/**
 * Makes `instance` what Nest finds where `interceptor` is bound to a handler of `modules`, and of no other application.
 *
 * Nest looks among the injectables of the handler's module. What was bound before it looked for classes it makes by
 * itself, with what the class injects: that stays, since it may be making it just now.
 */
export function provideInterceptor(
  interceptor: Type<NestInterceptor>,
  instance: NestInterceptor,
  modules: ModulesContainer,
): void {
  for (const module of modules.values()) {
    if (module.injectables.has(interceptor)) continue;
    module.addInjectable({ provide: interceptor, useValue: instance }, 'interceptor');
  }
}

/** Nest looks for the module of a resolver by its instance since 11.2; before, by its class alone. */
const looksForInstances = 'getHostModuleKey' in ExternalContextCreator.prototype;

/** Whether Nest finds an interceptor for `handlers`, bound as a class: not if it is a resolver under another token. */
export function findsInterceptorsOf(
  handlers: HandlerClass,
  modules: ModulesContainer,
  looks = looksForInstances,
): boolean {
  return (
    looks ||
    [...modules.values()].some(({ providers, controllers }) =>
      [providers, controllers].some((each) => has(each, handlers)),
    )
  );
}

function has(wrappers: ReadonlyMap<unknown, unknown>, token: unknown): boolean {
  return wrappers.has(token);
}
