import {
  type CallHandler,
  Catch,
  forwardRef,
  Inject,
  Injectable,
  type Provider,
  Scope,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { BackgroundTasks, UseBackgroundTasks } from 'nestjs-background-tasks';

@Injectable()
class Holds {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {}
}

/** Whatever Nest can bind to a handler, in one class that depends on tasks. */
@Catch(TypeError)
export class Bound extends Holds {
  canActivate = (): boolean => true;
  transform = (value: unknown): unknown => value;
  intercept = (_: unknown, next: CallHandler) => next.handle();
  catch = (error: unknown): never => {
    throw error;
  };
}

@Injectable()
export class NeedsNothing {
  canActivate = (): boolean => true;
}

export const HOLDER = Symbol('holder');

export const enhancers: Array<[string, ClassDecorator & MethodDecorator]> = [
  ['a guard that depends on tasks', UseGuards(Bound)],
  ['a pipe that depends on tasks', UsePipes(Bound)],
  ['an interceptor that depends on tasks', UseInterceptors(Bound)],
  ['a filter that depends on tasks', UseFilters(Bound)],
  ['@UseBackgroundTasks()', UseBackgroundTasks()],
];

@Injectable()
class Third {
  constructor(@Inject(Holds) readonly holder: Holds) {}
}

@Injectable()
class Second {
  constructor(@Inject(Third) readonly third: Third) {}
}

@Injectable()
class First {
  constructor(@Inject(Second) readonly second: Second) {}
}

@Injectable()
class Refers {
  constructor(@Inject(forwardRef(() => Holds)) readonly holder: Holds) {}
}

@Injectable()
class HoldsInProperty {
  @Inject(BackgroundTasks) readonly tasks!: BackgroundTasks;
}

@Injectable()
class Inherits extends Holds {}

/** Nest takes it, but its types do not. */
const later = forwardRef(() => Holds) as unknown as Type;

export const holders: Array<[string, Provider[]]> = [
  ['the constructor of a service', [{ provide: HOLDER, useClass: Holds }]],
  ['the constructor of its base class', [{ provide: HOLDER, useClass: Inherits }]],
  ['a deep chain of services', [{ provide: HOLDER, useClass: First }, Second, Third, Holds]],
  ['forwardRef()', [{ provide: HOLDER, useClass: Refers }, Holds]],
  ['a property', [{ provide: HOLDER, useClass: HoldsInProperty }]],
  ['an alias', [{ provide: HOLDER, useExisting: Holds }, Holds]],
  ['what a factory injects', [{ provide: HOLDER, useFactory: () => 'made', inject: [Holds] }, Holds]],
  ['what a factory injects by forwardRef()', [{ provide: HOLDER, useFactory: () => 'made', inject: [later] }, Holds]],
  [
    'what a factory injects if it is there',
    [{ provide: HOLDER, useFactory: () => 'made', inject: [{ token: Holds, optional: true }] }, Holds],
  ],
  [
    'what a factory injects by forwardRef() if it is there',
    [{ provide: HOLDER, useFactory: () => 'made', inject: [{ token: later, optional: true }] }, Holds],
  ],
];

const kinds = [
  ['guard', APP_GUARD],
  ['pipe', APP_PIPE],
  ['interceptor', APP_INTERCEPTOR],
  ['filter', APP_FILTER],
] as const;

export const globals: Array<[string, Scope.REQUEST | Scope.DEFAULT, Provider[]]> = [
  ...kinds.flatMap(([kind, provide]) =>
    ([Scope.REQUEST, Scope.DEFAULT] as const).map((scope): (typeof globals)[number] => [
      `${kind} in Scope.${Scope[scope]}`,
      scope,
      [{ provide, useClass: Bound, scope }],
    ]),
  ),
  ['guard that is an alias', Scope.DEFAULT, [{ provide: APP_GUARD, useExisting: Bound }, Bound]],
  [
    'guard from a factory',
    Scope.DEFAULT,
    [{ provide: APP_GUARD, useFactory: () => new NeedsNothing(), inject: [Holds] }, Holds],
  ],
];
