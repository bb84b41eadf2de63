import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { checkInterceptor } from '../options/option-checks.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';

/**
 * Has Nest make `classes`, with their dependencies: the application's own instances where it provides them.
 *
 * Only then can be told what is no interceptor: `intercept` may be a field.
 *
 * @throws TypeError by rejecting, for a class that is none.
 */
export async function makeInterceptors(
  classes: ReadonlyArray<Type<TaskInterceptor>>,
  moduleRef: ModuleRef,
): Promise<TaskInterceptor[]> {
  const made = await Promise.all(classes.map((type) => makeInterceptor(type, moduleRef)));
  made.forEach(checkInterceptor);
  return made;
}

async function makeInterceptor(type: Type<TaskInterceptor>, moduleRef: ModuleRef): Promise<TaskInterceptor> {
  try {
    return await moduleRef.get(type, { strict: false });
  } catch {
    return moduleRef.create(type);
  }
}
