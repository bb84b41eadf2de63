import { describe, expect, it } from '@jest/globals';
import {
  Controller,
  forwardRef,
  Get,
  Inject,
  Injectable,
  Optional,
  type Provider,
  Scope,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { Enhancer } from '../../../../../test/harness/enhancer.js';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { type Dependant, dependantsOn, tokensAndClassesOf } from './dependants.js';

/** What everything depends on, or not. */
@Injectable()
class Tasks {}

@Injectable()
class Holds {
  constructor(readonly tasks: Tasks) {}
}

@Injectable()
class Inherits extends Holds {}

@Injectable()
class HoldsByToken {
  constructor(@Inject(Tasks) readonly tasks: unknown) {}
}

@Injectable()
class HoldsInProperty {
  @Inject() readonly tasks!: Tasks;
}

@Injectable()
class HoldsIfThere {
  constructor(@Optional() @Inject(Tasks) readonly tasks?: unknown) {}
}

@Injectable()
class HoldsLater {
  constructor(@Inject(forwardRef(() => Tasks)) readonly tasks: Tasks) {}
}

@Injectable()
class HoldsLaterInProperty {
  @Inject(forwardRef(() => Tasks)) readonly tasks!: Tasks;
}

/** Nest takes it, but its types do not. */
const later = forwardRef(() => Tasks) as unknown as Type;
const make = (): string => 'made';

const tokensOf = (dependants: Dependant[]): unknown[] => dependants.map(({ token }) => token);

describe('dependantsOn', () => {
  it.each<[string, Provider]>([
    ['a constructor', { provide: 'it', useClass: Holds }],
    ['a constructor that it inherits', { provide: 'it', useClass: Inherits }],
    ['a token of a constructor', { provide: 'it', useClass: HoldsByToken }],
    ['a token that may be missing', { provide: 'it', useClass: HoldsIfThere }],
    ['a property', { provide: 'it', useClass: HoldsInProperty }],
    ['forwardRef()', { provide: 'it', useClass: HoldsLater }],
    ['forwardRef() of a property', { provide: 'it', useClass: HoldsLaterInProperty }],
    ['a factory', { provide: 'it', useFactory: make, inject: [Tasks] }],
    ['a factory, by forwardRef()', { provide: 'it', useFactory: make, inject: [later] }],
    ['a factory, if it is there', { provide: 'it', useFactory: make, inject: [{ token: Tasks, optional: true }] }],
    [
      'a factory, by forwardRef(), if it is there',
      { provide: 'it', useFactory: make, inject: [{ token: later, optional: true }] },
    ],
    ['an alias', { provide: 'it', useExisting: Tasks }],
  ])('finds what asks for it by %s, and nothing else', async (_, provider) => {
    class Unrelated {}
    const others = [Unrelated, { provide: 'value', useValue: 1 }, { provide: 'factory', useFactory: make }];
    const modules = await modulesOf({ providers: [Tasks, ...others, provider] });
    expect(tokensOf(dependantsOn(Tasks, modules))).toEqual(['it']);
  });

  it('is empty where nothing asks for it', async () => {
    expect(dependantsOn(Tasks, await modulesOf({ providers: [Tasks, Enhancer] }))).toEqual([]);
    expect(dependantsOn(Holds, await modulesOf({ providers: [Tasks, Holds] }))).toEqual([]);
  });

  it('finds what asks for something that asks for it, in whatever order they are provided', async () => {
    const providers: Provider[] = [
      { provide: 'third', useFactory: make, inject: ['second'] },
      { provide: 'second', useFactory: make, inject: ['first'] },
      { provide: 'first', useFactory: make, inject: [Holds] },
      Holds,
      Tasks,
    ];
    expect(tokensOf(dependantsOn(Tasks, await modulesOf({ providers })))).toEqual(['third', 'second', 'first', Holds]);
  });

  it('finds its way in a circle', async () => {
    const circle = { forwardRef: () => 'right' } as unknown as Type;
    @Injectable()
    class Left {
      constructor(
        @Inject(circle) readonly right: unknown,
        readonly tasks: Tasks,
      ) {}
    }
    @Injectable()
    class Right {
      constructor(@Inject(forwardRef(() => Left)) readonly left: unknown) {}
    }
    const modules = await modulesOf({ providers: [{ provide: 'right', useClass: Right }, Left, Tasks] });
    expect(tokensOf(dependantsOn(Tasks, modules))).toEqual(['right', Left]);
  });

  it('finds controllers, and what is bound to them', async () => {
    @Injectable()
    class Guard extends Enhancer {
      constructor(readonly tasks: Tasks) {
        super();
      }
    }
    class Interceptor extends Guard {}
    class Pipe extends Guard {}
    class Filter extends Guard {}
    class Other extends Enhancer {}

    @Controller()
    @UseGuards(Guard, Other)
    class Depends {
      constructor(readonly holder: Holds) {}
    }
    @Controller()
    class Depending {
      @Get()
      @UseInterceptors(Interceptor)
      @UsePipes(Pipe)
      @UseFilters(Filter)
      get(): void {}
    }
    const modules = await modulesOf({ controllers: [Depends, Depending], providers: [Tasks, Holds] });
    const found = new Set(tokensOf(dependantsOn(Tasks, modules)));
    expect(found).toEqual(new Set([Holds, Depends, Guard, Interceptor, Pipe, Filter]));
  });

  it('looks into every module', async () => {
    class Imported {}
    const imported = { module: Imported, providers: [Tasks, Holds], exports: [Tasks, Holds] };
    const modules = await modulesOf({
      imports: [imported],
      providers: [{ provide: 'it', useFactory: make, inject: [Holds] }],
    });
    expect(new Set(tokensOf(dependantsOn(Tasks, modules)))).toEqual(new Set([Holds, 'it']));
  });

  it('tells the class of each, its name, and whether it is durable', async () => {
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Durable extends Holds {}
    @Injectable({ scope: Scope.REQUEST, durable: false })
    class Scoped extends Holds {}
    const factory = { provide: Symbol('made'), useFactory: make, inject: [Tasks] };
    const other = { provide: 'other', useClass: Durable };
    const modules = await modulesOf({ providers: [Tasks, Holds, Scoped, Durable, other, factory] });
    expect(dependantsOn(Tasks, modules)).toEqual([
      { token: Holds, metatype: Holds, name: 'Holds', isDurable: false },
      { token: Scoped, metatype: Scoped, name: 'Scoped', isDurable: false },
      { token: Durable, metatype: Durable, name: 'Durable', isDurable: true },
      { token: 'other', metatype: Durable, name: 'Durable', isDurable: true },
      { token: factory.provide, metatype: make, name: factory.provide, isDurable: false },
    ]);
  });

  it('passes over what is written down and nothing', () => {
    const none = { token: 'it', inject: [null, undefined, 'text', {}, { token: null }] };
    const providers = new Map<unknown, unknown>([['it', none]]);
    const modules = new Map([['module', { providers, controllers: new Map(), injectables: new Map() }]]);
    expect(dependantsOn(Tasks, modules as unknown as ModulesContainer)).toEqual([]);
    providers.set('other', { token: 'other', inject: [null, Tasks] });
    expect(tokensOf(dependantsOn(Tasks, modules as unknown as ModulesContainer))).toEqual(['other']);
  });
});

describe('tokensAndClassesOf', () => {
  it('tells both of each', async () => {
    const modules = await modulesOf({ providers: [Tasks, Holds, { provide: 'it', useClass: HoldsByToken }] });
    expect(tokensAndClassesOf(dependantsOn(Tasks, modules))).toEqual(new Set([Holds, 'it', HoldsByToken]));
  });
});
