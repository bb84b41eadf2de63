import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type MiddlewareConsumer, Module, type NestModule, Res } from '@nestjs/common';
import { BackgroundTask, BackgroundTasks, currentTask, Tasks } from 'nestjs-background-tasks';
import { platforms, type Reply, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let release: Deferred;

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
});

function note(): void {
  const { outcome, aborted } = currentTask() ?? {};
  timeline.mark(`task: ${outcome} ${aborted ? 'aborted' : 'complete'}`);
}

interface RawReply {
  background?: unknown;
  removeAllListeners(event?: string): unknown;
  emit: unknown;
  end(text: string): void;
}

/** What a library or a user may do to the response, in some request. */
const DEEDS: Record<string, (response: RawReply) => void> = {
  'removes the listeners for its end': (response) => response.removeAllListeners('finish'),
  'removes all listeners': (response) => response.removeAllListeners(),
  'has it emit nothing': (response) => {
    response.emit = () => false;
  },
};

let deed: (response: RawReply) => void;

@Controller()
class Handlers {
  @Get('handler') handler(@Res({ passthrough: true }) reply: Reply, @Tasks() tasks: BackgroundTasks): string {
    tasks.addTask(note).with({ runOn: 'always' });
    deed((reply.raw ?? reply) as unknown as RawReply);
    return 'fine';
  }

  @Get('late') async late(@Res() reply: Reply, @Tasks() tasks: BackgroundTasks): Promise<void> {
    tasks.addTask(note).with({ runOn: 'always' });
    deed((reply.raw ?? reply) as unknown as RawReply);
    reply.send('fine');
    await release.promise;
  }
}

/** Answers, once its deed is done, before any handler. */
@Module({ controllers: [Handlers] })
class Answering implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    const answer = (_: unknown, response: RawReply): void => {
      response.background = new BackgroundTask(note).with({ runOn: 'always' });
      deed(response);
      response.end('fine');
    };
    consumer.apply(answer).forRoutes('middleware');
  }
}

describe.each(platforms)('on $name, the task of a response', (platform) => {
  async function ask(path: string) {
    const running = await start(platform, { imports: [Answering] });
    const connection = await Connection.open(running);
    connection.send(path);
    await connection.receives('fine');
    return { running, connection };
  }

  it.each(['removes the listeners for its end', 'removes all listeners'])(
    'runs as soon as that is over, where a handler %s',
    async (name) => {
      deed = DEEDS[name] ?? deed;
      const { running } = await ask('/handler');
      await running.runner.idle();
      expect(timeline.events).toEqual(['task: success complete']);
    },
  );

  it.each(Object.keys(DEEDS))('runs once its handler has ended, where that %s and sends by itself', async (name) => {
    deed = DEEDS[name] ?? deed;
    const { running, connection } = await ask('/late');
    expect(timeline.events).toEqual([]);
    release.resolve();
    if (name === 'has it emit nothing') connection.hangUp();
    await running.runner.idle();
    expect(timeline.events).toEqual(['task: success complete']);
  });

  it.each(Object.keys(DEEDS))('runs when the connection is closed at the latest, where middleware %s', async (name) => {
    deed = DEEDS[name] ?? deed;
    const { running, connection } = await ask('/middleware');
    expect(timeline.events).toEqual([]);
    connection.hangUp();
    await running.runner.idle();
    expect(timeline.events).toEqual(['task: success complete']);
  });
});
