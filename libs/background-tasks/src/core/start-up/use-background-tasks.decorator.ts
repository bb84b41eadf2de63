import { bindInterceptor } from './bind-interceptor.js';

/**
 * Makes the tasks of a handler, or of all handlers of a controller, wait for the handler and end as it does.
 *
 * It is needed only where nothing in the handler's signature, its controller, or what is bound to them
 * shows that tasks can come through it: when they are added by middleware, by a singleton with
 * `Scope.DEFAULT`, or through a response that a decorator of your own hands out. Without it such tasks
 * run, too; but when the client hangs up they do not wait for the handler, and their outcome is that
 * of the status.
 *
 * @example
 * @Get(':id')
 * @UseBackgroundTasks()
 * find(@Param('id') id: string) { … }
 */
export function UseBackgroundTasks(): ClassDecorator & MethodDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    bindInterceptor((descriptor?.value as object | undefined) ?? target);
  };
}
