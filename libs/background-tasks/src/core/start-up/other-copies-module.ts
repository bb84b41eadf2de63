import type { ModulesContainer } from '@nestjs/core';
import { isOfAnotherCopy, TWO_COPIES } from '../errors/other-copies.js';
import { providedIn } from '../nest/provided.js';

/** What is made of another copy's BackgroundTasks where somebody asks for them. */
export function refuseOtherCopy(): never {
  throw new Error(
    `Cannot inject BackgroundTasks of another copy of the library: BackgroundTasksModule is that of this one. ${TWO_COPIES}`,
  );
}

/** Whether BackgroundTasksModule of another copy of the library is imported, too. */
export function hasModuleOfOtherCopy(modules: ModulesContainer): boolean {
  return providedIn(modules).some(
    ({ token, metatype }) =>
      typeof token === 'function' && metatype !== refuseOtherCopy && isOfAnotherCopy(token.prototype),
  );
}
