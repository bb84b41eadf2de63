import { beforeEach, describe, expect, it } from '@jest/globals';
import { Args, Context, Mutation, Parent, Query, ResolveField, ResolveReference, Subscription } from '@nestjs/graphql';
import {
  type HandlerParameter,
  isResolver,
  KEYS,
  parametersOf,
  replaceSubscriptionResolve,
  type SubscriptionResolve,
  subscriptionResolveOf,
} from './metadata.js';

const resolve: SubscriptionResolve = (event) => event;
const filter = (): boolean => true;

/** Methods as they are without a `@Resolver()`. */
function resolvers() {
  class Resolvers {
    @Query(() => String)
    query(@Args('name') _name: string, @Context() _context: object): void {}

    @Mutation(() => String)
    mutation(): void {}

    @Subscription(() => String, { name: 'ticks', filter, resolve })
    subscription(): void {}

    @Subscription(() => String)
    unresolved(): void {}

    @Subscription('ticks')
    ofSchemaFirst(): void {}

    @ResolveField(() => String)
    field(@Parent() _parent: object): void {}

    @ResolveReference()
    reference(): void {}

    plain(): void {}
  }
  return { Resolvers, ...(Object.getOwnPropertyDescriptors(Resolvers.prototype) as Methods) };
}

type Methods = Record<
  'query' | 'mutation' | 'subscription' | 'unresolved' | 'ofSchemaFirst' | 'field' | 'reference' | 'plain',
  { readonly value: object }
>;

let written: ReturnType<typeof resolvers>;

beforeEach(() => {
  written = resolvers();
});

describe('isResolver', () => {
  it.each(['query', 'mutation', 'subscription', 'ofSchemaFirst', 'field', 'reference'] as const)(
    'is true of a %s',
    (name) => {
      expect(isResolver(written[name].value)).toBe(true);
    },
  );

  it('is false of any other method', () => {
    expect(isResolver(written.plain.value)).toBe(false);
  });
});

describe('the parameters of a resolver', () => {
  const responses = (parameters: HandlerParameter[]): number[] =>
    parameters.filter(({ isResponse }) => isResponse).map(({ index }) => index);

  it('are known, and its context stands for the response', () => {
    expect(parametersOf(written.Resolvers, 'query')).toHaveLength(2);
    expect(responses(parametersOf(written.Resolvers, 'query'))).toEqual([1]);
    expect(responses(parametersOf(written.Resolvers, 'field'))).toEqual([]);
  });
});

describe('what was said to @Subscription()', () => {
  it('may be how its events are resolved', () => {
    expect(subscriptionResolveOf(written.subscription.value)).toBe(resolve);
  });

  it.each(['unresolved', 'ofSchemaFirst', 'query', 'plain'] as const)('is nothing of that of a method: %s', (name) => {
    expect(subscriptionResolveOf(written[name].value)).toBeUndefined();
  });

  it('is kept when that is replaced', () => {
    const other: SubscriptionResolve = () => 'other';
    replaceSubscriptionResolve(written.subscription.value, other);
    expect(subscriptionResolveOf(written.subscription.value)).toBe(other);
    expect(Reflect.getMetadata(KEYS.SUBSCRIPTION_OPTIONS_METADATA, written.subscription.value)).toEqual({
      name: 'ticks',
      filter,
      resolve: other,
    });
  });

  it('is not changed for who has read it before', () => {
    const read = (): unknown => Reflect.getMetadata(KEYS.SUBSCRIPTION_OPTIONS_METADATA, written.subscription.value);
    const before = read();
    replaceSubscriptionResolve(written.subscription.value, () => 'other');
    expect(before).toMatchObject({ resolve });
  });
});
