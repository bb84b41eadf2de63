import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Param } from '@nestjs/common';
import { fastify, request, start } from '../harness/application.js';
import { Adds, gates, timeline } from './default-scope/adds.js';
import { inDefaultScope } from './default-scope/app.module.js';
import { Deep } from './default-scope/singletons.js';

/** What the specs use of Fastify itself. */
interface FastifyItself {
  addHook(
    name: 'preParsing',
    hook: (request: unknown, reply: unknown, payload: unknown, done: (error: null, payload: unknown) => void) => void,
  ): void;
  inject(url: string): Promise<{ body: string }>;
}

const itself = (app: INestApplication): FastifyItself => app.getHttpAdapter().getInstance();

let inject: FastifyItself['inject'];

@Controller()
class Plain extends Adds {
  @Get('plain/:id')
  plain(@Param('id') id: string): string {
    this.add(`plain ${id}`);
    return `${this.tasks.size}`;
  }

  @Get('injecting')
  async injecting(): Promise<string> {
    this.add('before');
    const { body } = await inject('/plain/injected');
    this.add('after');
    return `${body} ${this.tasks.size}`;
  }
}

describe('on Fastify, with Scope.DEFAULT, tasks', () => {
  it('come from a hook, and find their request again when the hook has called back from elsewhere', async () => {
    const elsewhere = new EventEmitter();
    const imports = [inDefaultScope()];
    const running = await start(fastify, { controllers: [Plain], providers: [Deep], imports }, (app) => {
      itself(app).addHook('preParsing', (_request, _reply, payload, done) => {
        app.get(Deep).add('hook');
        elsewhere.once('go on', () => done(null, payload));
        gates.entered.resolve();
      });
    });
    const answer = request(running, '/plain/1');
    await gates.entered.promise;
    elsewhere.emit('go on');
    expect((await answer).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['hook', 'plain 1']);
  });

  it('are those of a request that another injects', async () => {
    const imports = [inDefaultScope()];
    const running = await start(fastify, { controllers: [Plain], providers: [Deep], imports });
    inject = (url) => itself(running.app).inject(url);
    expect((await request(running, '/injecting')).body).toBe('1 2');
    await running.runner.idle();
    expect(timeline.events.toSorted()).toEqual(['after', 'before', 'plain injected']);
  });
});
