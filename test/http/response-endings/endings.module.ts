import { type INestApplication, type MiddlewareConsumer, Module } from '@nestjs/common';
import { type Platform, type Reply, type Running, start } from '../../harness/application.js';
import { AddingMiddleware, AddsAndDenies } from './around-handlers.js';
import { startScene } from './current-scene.js';
import { Endings } from './endings.controller.js';

@Module({ controllers: [Endings], providers: [AddsAndDenies] })
class EndingsModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(AddingMiddleware).forRoutes('middleware/*path');
  }
}

export async function startEndings(platform: Platform): Promise<Running> {
  const { timeline } = startScene();
  return start(platform, { imports: [EndingsModule] }, prepareView, timeline);
}

/** A view engine, as small as they come, on both platforms. */
function prepareView(app: INestApplication): void {
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'express') {
    const instance = adapter.getInstance() as { render?: (view: string, data: object, done: Done) => void };
    instance.render = (page, _data, done) => done(null, `rendered ${page}`);
  } else {
    const instance = adapter.getInstance() as { decorateReply(name: string, fn: unknown): void };
    instance.decorateReply('view', view);
  }
}

type Done = (error: null, html: string) => void;

function view(this: Reply, name: string): unknown {
  return this.send(`rendered ${name}`);
}
