import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { fastify } from '../harness/application.js';

describe('a Fastify whose replies have a `background` already', () => {
  it('keeps the application from starting, with an error that says whose it is and what to do', async () => {
    const testing = await Test.createTestingModule({ imports: [BackgroundTasksModule] }).compile();
    const adapter = fastify.adapter();
    adapter.getInstance<{ decorateReply(name: string, value: unknown): void }>().decorateReply('background', null);
    const app = testing.createNestApplication(adapter);
    await expect(app.init()).rejects.toThrow(
      'Cannot prepare Fastify for nestjs-background-tasks: a plugin, or another copy of this library, has decorated ' +
        'replies with `background` already',
    );
    await app.close();
  });
});
