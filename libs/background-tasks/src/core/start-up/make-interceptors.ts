import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';

/** Has Nest make `classes`, with their dependencies: the application's own instances where it provides them. */
export function makeInterceptors(
  classes: ReadonlyArray<Type<TaskInterceptor>>,
  moduleRef: ModuleRef,
): Promise<TaskInterceptor[]> {
  return Promise.all(classes.map((type) => makeInterceptor(type, moduleRef)));
}

async function makeInterceptor(type: Type<TaskInterceptor>, moduleRef: ModuleRef): Promise<TaskInterceptor> {
  try {
    return await moduleRef.get(type, { strict: false });
  } catch {
    return moduleRef.create(type);
  }
}
