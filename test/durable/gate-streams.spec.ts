import { once } from 'node:events';
import http2 from 'node:http2';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, StreamableFile } from '@nestjs/common';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { type Answer, fastifyHttp2, type Platform, platforms, request, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { nest } from '../harness/nest.js';
import { at, describeBroken, expectRefused, Mailer, mails, startDurable, stored } from './scene.js';

let release: Deferred;

@Controller()
class Streams {
  constructor(private readonly mailer: Mailer) {}

  @Get('file')
  file(tasks: BackgroundTasks): StreamableFile {
    this.mailer.add(tasks, 'a');
    return new StreamableFile(Readable.from(['one ', 'two']), { type: 'text/plain', disposition: 'attachment' });
  }

  @Get('late-file')
  lateFile(tasks: BackgroundTasks): StreamableFile {
    this.mailer.add(tasks, 'a');
    return new StreamableFile(Readable.from(this.#parts(tasks)));
  }

  @Get('generator')
  generator(@Tasks() tasks: BackgroundTasks): AsyncGenerator<string> {
    this.mailer.add(tasks, 'a');
    return this.#parts(tasks);
  }

  @Get('begins-with-tasks')
  async *beginsWithTasks(@Tasks() tasks: BackgroundTasks): AsyncGenerator<string> {
    this.mailer.add(tasks, 'a');
    yield 'one ';
    yield 'two';
  }

  async *#parts(tasks: BackgroundTasks): AsyncGenerator<string> {
    yield 'one ';
    await release.promise;
    this.mailer.add(tasks, 'late');
    yield 'two';
  }
}

/** One request, by the protocol of the platform. */
async function get(platform: Platform, running: Running, path: string): Promise<Pick<Answer, 'status' | 'body'>> {
  if (platform !== fastifyHttp2) return request(running, path);
  const session = http2.connect(`http://127.0.0.1:${running.port}`);
  const stream = session.request({ ':path': path });
  const [headers] = (await once(stream, 'response')) as unknown as [Record<string, unknown>];
  const body = await text(stream);
  session.destroy();
  return { status: Number(headers[':status']), body };
}

describe.each([...platforms, fastifyHttp2])('a stream as an answer, on $name,', (platform) => {
  const begin = (): Promise<Running> => {
    release = deferred();
    return startDurable(platform, { controllers: [Streams] });
  };
  const whole = ['file', ...(nest.is12 ? ['begins-with-tasks'] : [])];
  const slow = ['late-file', ...(nest.is12 ? ['generator'] : [])];

  it.each(whole)('begins when its tasks are stored, and they run after it: %s', async (path) => {
    const running = await begin();
    expect(await get(platform, running, `/${path}`)).toMatchObject({ status: 200, body: 'one two' });
    expect([at.out, stored()]).toEqual([[0], [['a']]]);
    await timeline.until('mail a after success');
    expect(timeline.indexOf('mail a after success')).toBeGreaterThan(timeline.indexOf('finish'));
  });

  it.each(slow)('has what is added once it has begun stored when it is over: %s', async (path) => {
    const running = await begin();
    const answer = get(platform, running, `/${path}`);
    release.resolve();
    expect(await answer).toMatchObject({ status: 200, body: 'one two' });
    await timeline.until('mail late after success');
    await timeline.until('mail a after success');
    expect(mails().toSorted()).toEqual(['a after success', 'late after success']);
    expect(stored()).toEqual([['a'], ['late']]);
    expect(at.out[0]).toBe(0);
    expect(timeline.indexOf('mail a after success')).toBeGreaterThan(timeline.indexOf('finish'));
  });

  describeBroken((breaks) => {
    it.each([...whole, ...slow])('never begins: %s', async (path) => {
      const running = await begin();
      breaks(at.engine);
      const answer = get(platform, running, `/${path}`);
      release.resolve();
      await expectRefused(await answer, running);
    });
  });
});
