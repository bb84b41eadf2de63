import { beforeEach, describe, expect, it } from '@jest/globals';
import { UseInterceptors } from '@nestjs/common';
import { Enhancer } from '../../../../../test/harness/enhancer.js';
import { BackgroundTasksInterceptor } from '../handlers/background-tasks.interceptor.js';
import { type HandlerClass, interceptorsOf } from '../nest/metadata.js';
import { UseBackgroundTasks } from './use-background-tasks.decorator.js';

/** New classes each time: what is bound to a class stays there. */
function classes() {
  @UseBackgroundTasks()
  class OnClass {
    handler(): void {}
  }

  @UseInterceptors(Enhancer)
  class OnHandler {
    @UseBackgroundTasks()
    handler(): void {}

    @UseBackgroundTasks()
    @UseInterceptors(Enhancer)
    outside(): void {}

    @UseInterceptors(Enhancer)
    @UseBackgroundTasks()
    alsoOutside(): void {}

    @UseBackgroundTasks()
    @UseBackgroundTasks()
    twice(): void {}

    plain(): void {}
  }
  return { OnClass, OnHandler };
}

const bound = ({ prototype }: HandlerClass, key: string): readonly unknown[] =>
  interceptorsOf(Reflect.get(prototype, key) as object);

let OnClass: HandlerClass;
let OnHandler: HandlerClass;

beforeEach(() => {
  ({ OnClass, OnHandler } = classes());
});

describe('@UseBackgroundTasks()', () => {
  it('binds the interceptor to a class, and to none of its handlers', () => {
    expect(interceptorsOf(OnClass)).toEqual([BackgroundTasksInterceptor]);
    expect(bound(OnClass, 'handler')).toEqual([]);
  });

  it('binds it to a handler, and neither to its class nor to others', () => {
    expect(bound(OnHandler, 'handler')).toEqual([BackgroundTasksInterceptor]);
    expect(interceptorsOf(OnHandler)).toEqual([Enhancer]);
    expect(bound(OnHandler, 'plain')).toEqual([]);
  });

  it('binds it once', () => {
    expect(bound(OnHandler, 'twice')).toEqual([BackgroundTasksInterceptor]);
  });

  it('binds it outside the interceptors that stand below it', () => {
    expect(bound(OnHandler, 'outside')).toEqual([BackgroundTasksInterceptor, Enhancer]);
  });

  it('stays outside of those that stand above it', () => {
    expect(bound(OnHandler, 'alsoOutside')).toEqual([BackgroundTasksInterceptor, Enhancer]);
  });
});
