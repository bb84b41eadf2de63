import { describe, expect, it } from '@jest/globals';
import { Module, type Provider, Scope } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { Enhancer } from '../../../../../test/harness/enhancer.js';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { isGlobalEnhancer } from './metadata.js';

@Module({})
class Providing {}

/** The tokens under which Nest keeps what a module provides. */
async function tokensOf(...providers: Provider[]): Promise<unknown[]> {
  const modules = await modulesOf({ imports: [{ module: Providing, providers }] });
  const providing = [...modules.values()].filter(({ metatype }) => metatype === Providing);
  const tokens = providing.flatMap((module) => [...module.providers.keys(), ...module.injectables.keys()]);
  // what Nest provides beside it are classes
  return tokens.filter((token) => token === Enhancer || typeof token === 'string');
}

describe.each([APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE])('what is provided as %s', (provide) => {
  it.each<[string, Provider]>([
    ['class', { provide, useClass: Enhancer }],
    ['class for each request', { provide, useClass: Enhancer, scope: Scope.REQUEST }],
    ['value', { provide, useValue: new Enhancer() }],
    ['factory', { provide, useFactory: () => new Enhancer() }],
  ])('as a %s is a global enhancer, under the token that Nest makes of it', async (_, provider) => {
    const [token, ...others] = await tokensOf(provider);
    expect(others).toEqual([]);
    expect(token).not.toBe(provide);
    expect(isGlobalEnhancer(token)).toBe(true);
  });
});

describe('what is provided under any other token', () => {
  it('is no global enhancer', async () => {
    const tokens = await tokensOf(Enhancer, { provide: 'enhancer', useClass: Enhancer });
    expect(tokens).toEqual([Enhancer, 'enhancer']);
    expect(tokens.map(isGlobalEnhancer)).toEqual([false, false]);
  });

  it.each([['MY_APP_GUARD'], [Symbol('APP_GUARD')], [undefined], [{ APP_GUARD }]])('such as %p is none', (token) => {
    expect(isGlobalEnhancer(token)).toBe(false);
  });
});
