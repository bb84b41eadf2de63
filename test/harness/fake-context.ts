import type { ExecutionContext } from '@nestjs/common';

/** What Nest tells of one call of a handler of `handlers`, with `args`, that was brought by something of `type`. */
export function contextOf(type: string, args: readonly unknown[], handlers: object = class {}): ExecutionContext {
  const context = {
    getType: () => type,
    getClass: () => handlers,
    getArgs: () => args,
    getArgByIndex: (index: number) => args[index],
  };
  return context as unknown as ExecutionContext;
}
