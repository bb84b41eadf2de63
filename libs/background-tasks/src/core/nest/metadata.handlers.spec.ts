import { describe, expect, it } from '@jest/globals';
import { All, Controller, Get, Inject, Injectable, Post, SetMetadata, Sse } from '@nestjs/common';
import { Mutation, Query, ResolveField, ResolveReference, Subscription } from '@nestjs/graphql';
import { EventPattern, GrpcMethod, GrpcStreamMethod, MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage } from '@nestjs/websockets';
import { askFor, dependenciesOf, isHandler } from './metadata.js';

const string = (): typeof String => String;

describe('a handler', () => {
  it.each<[string, MethodDecorator]>([
    ['@Get()', Get()],
    ['@Post()', Post('path')],
    ['@All()', All()],
    ['@Sse()', Sse()],
    ['@MessagePattern()', MessagePattern('x')],
    ['@EventPattern()', EventPattern('x') as MethodDecorator],
    ['@GrpcMethod()', GrpcMethod()],
    ['@GrpcStreamMethod()', GrpcStreamMethod()],
    ['@SubscribeMessage()', SubscribeMessage('x')],
    ['@Query()', Query(string)],
    ['@Mutation()', Mutation(string)],
    ['@Subscription()', Subscription(string)],
    ['@ResolveField()', ResolveField(string)],
    ['@ResolveReference()', ResolveReference()],
  ])('is a method with %s', (_, decorate) => {
    class Handlers {
      @decorate
      handler(): string {
        return '';
      }
    }
    expect(isHandler(Reflect.get(Handlers.prototype, 'handler') as object)).toBe(true);
  });

  it('is no other method, and no class', () => {
    @Controller('path')
    class Handlers {
      @SetMetadata('traced', true)
      traced(): void {}
    }
    expect(isHandler(Reflect.get(Handlers.prototype, 'traced') as object)).toBe(false);
  });
});

describe('what a class is said to ask for', () => {
  class Asking {}
  askFor('a sentence', Asking);

  it('is asked for by heirs that say nothing else', () => {
    class Heir extends Asking {}
    expect([dependenciesOf(Asking), dependenciesOf(Heir)]).toEqual([['a sentence'], ['a sentence']]);
  });

  it('is not asked for by those that do', () => {
    @Injectable()
    class Typed extends Asking {
      constructor(readonly asked: Map<string, string>) {
        super();
      }
    }
    class Named extends Asking {
      constructor(@Inject('another') readonly asked: unknown) {
        super();
      }
    }
    expect([dependenciesOf(Typed), dependenciesOf(Named)]).toEqual([[Map], ['another']]);
  });
});
