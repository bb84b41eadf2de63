import type { ModuleMetadata } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';

/** What Nest knows of an application of one module, whose providers it has made. */
export async function modulesOf(metadata: ModuleMetadata): Promise<ModulesContainer> {
  const testing = await Test.createTestingModule(metadata).compile();
  return testing.get(ModulesContainer);
}

// the first one is slow, and no test that runs against mutants may be
await modulesOf({});
