import { describe, expect, it } from '@jest/globals';
import { Global, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { callHooksFirst } from './first-hooks.js';

const called: string[] = [];

class Hooks implements OnModuleInit, OnApplicationShutdown {
  onModuleInit(): void {
    called.push(`${this.constructor.name} begins`);
  }

  onApplicationShutdown(): void {
    called.push(`${this.constructor.name} ends`);
  }
}

@Global()
@Module({})
class Before extends Hooks {}

@Global()
@Module({})
class Ours extends Hooks {}

@Module({})
class Ordinary extends Hooks {}

describe('a module whose hooks are called first', () => {
  it('is before global modules that were imported before it, and after them in the end', async () => {
    const testing = await Test.createTestingModule({ imports: [Before, Ordinary, Ours] }).compile();
    callHooksFirst(Ours, testing.get(ModulesContainer));
    await testing.init();
    await testing.close();
    expect(called.slice(0, 3)).toEqual(['Ours begins', 'Before begins', 'Ordinary begins']);
    expect(called.at(-1)).toBe('Ours ends');
  });
});
