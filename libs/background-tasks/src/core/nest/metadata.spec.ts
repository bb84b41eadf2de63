import { describe, expect, it } from '@jest/globals';
import {
  applyDecorators,
  forwardRef,
  Inject,
  Injectable,
  Optional,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { Enhancer } from '../../../../../test/harness/enhancer.js';
import { addOutermostInterceptor, dependenciesOf, enhancersOf, interceptorsOf, isGateway, KEYS } from './metadata.js';

class Guard extends Enhancer {}
class Pipe extends Enhancer {}
class Interceptor extends Enhancer {}
class Filter extends Enhancer {}

describe('what is bound', () => {
  const everything = applyDecorators(
    UseFilters(Filter),
    UsePipes(Pipe),
    UseInterceptors(Interceptor),
    UseGuards(Guard),
  );

  @everything
  class OnClass {
    @everything
    onHandler(): void {}

    plain(): void {}
  }
  const { onHandler, plain } = OnClass.prototype as unknown as Record<'onHandler' | 'plain', object>;

  it.each<[string, object]>([
    ['class', OnClass],
    ['handler', onHandler],
  ])('to a %s is found: interceptors, guards, pipes, filters', (_, target) => {
    expect(enhancersOf(target)).toEqual([Interceptor, Guard, Pipe, Filter]);
    expect(interceptorsOf(target)).toEqual([Interceptor]);
  });

  it('to neither is nothing', () => {
    expect(enhancersOf(plain)).toEqual([]);
    expect(interceptorsOf(plain)).toEqual([]);
  });

  it('can be bound outside of all that is there', () => {
    class Heirs extends OnClass {}
    UseInterceptors(Pipe)(Heirs);
    addOutermostInterceptor(Heirs, 'outermost');
    expect(interceptorsOf(Heirs)).toEqual(['outermost', Interceptor, Pipe]);
    addOutermostInterceptor(plain, 'only');
    expect(interceptorsOf(plain)).toEqual(['only']);
  });

  it('to an heir is bound to no other class', () => {
    class Heirs extends OnClass {}
    addOutermostInterceptor(Heirs, 'outermost');
    expect(interceptorsOf(OnClass)).toEqual([Interceptor]);
  });
});

describe('dependenciesOf', () => {
  const forward = forwardRef(() => Pipe);

  @Injectable()
  class Named {
    @Inject('by name') readonly named!: string;
    @Inject() readonly typed!: Guard;
    constructor(_pipe: Pipe, @Inject('token') _named: string, @Optional() @Inject(forward) _forward?: Pipe) {}
  }

  it('tells what the constructor and the properties ask for, by type or by name', () => {
    expect(dependenciesOf(Named)).toEqual([Pipe, 'token', forward, 'by name', Guard]);
  });

  it('leaves the types as the compiler wrote them', () => {
    dependenciesOf(Named);
    expect(Reflect.getMetadata(KEYS.PARAMTYPES_METADATA, Named)).toEqual([Pipe, String, Pipe]);
  });

  it('knows those that are inherited, and is empty where there are none', () => {
    class Inherits extends Named {}
    expect(dependenciesOf(Inherits)).toEqual(dependenciesOf(Named));
    expect(dependenciesOf(Guard)).toEqual([]);
  });
});

describe('isGateway', () => {
  it('is true of a class with @WebSocketGateway(), and of its heirs', () => {
    @WebSocketGateway()
    class Gateway {}
    class HeirOfIt extends Gateway {}
    expect([Gateway, HeirOfIt, Guard].map(isGateway)).toEqual([true, true, false]);
  });
});
