import { beforeEach, describe, expect, it } from '@jest/globals';
import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { type Answer, type Reply, request, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { type Result, servers } from '../graphql/scene.js';
import {
  at,
  describeBroken,
  expectLost,
  expectNothingLeft,
  expectRefused,
  Mailer,
  mails,
  startDurable,
  stored,
} from './scene.js';

let release: Deferred;

@Resolver()
class Messages {
  constructor(private readonly mailer: Mailer) {}

  @Query(() => String)
  adds(@Args('data') data: string, tasks: BackgroundTasks): string {
    this.mailer.add(tasks, data);
    this.mailer.add(tasks, `${data} for an error`, 'failure');
    tasks.addTask(() => timeline.mark('in this process'));
    return data;
  }

  @Query(() => String)
  attaches(@Context() { req, reply }: { req: { res: Reply }; reply?: Reply }): string {
    (reply ?? req.res).background = new BackgroundTask(this.mailer, 'send', 'attached');
    return 'fine';
  }

  @Query(() => String, { nullable: true })
  fails(@Args('data') data: string, tasks: BackgroundTasks): string {
    this.mailer.add(tasks, data);
    this.mailer.add(tasks, `${data} for an error`, 'failure');
    throw new Error('on purpose');
  }

  @Query(() => String)
  async slow(@Args('data') data: string, tasks: BackgroundTasks): Promise<string> {
    this.mailer.add(tasks, data);
    await release.promise;
    this.mailer.add(tasks, `${data}, later`);
    return data;
  }

  @Query(() => String)
  refuses(): string {
    throw new Error('on purpose');
  }

  @Mutation(() => String, { nullable: true })
  changes(@Args('data') data: string, tasks: BackgroundTasks): string {
    return this.adds(data, tasks);
  }
}

function query(running: Running, text: string): Promise<Answer> {
  return request(running, '/graphql', { method: 'POST', body: { query: text } });
}

async function resultOf(running: Running, text: string): Promise<Result> {
  return JSON.parse((await query(running, text)).body) as Result;
}

describe.each(servers)('GraphQL: the tasks of an operation, with $name,', (server) => {
  let running: Running;

  beforeEach(async () => {
    release = deferred();
    running = await startDurable(server.platform, { imports: [server.module()], providers: [Messages] });
  });

  it('are stored at the first byte of its result, as one batch of all resolvers', async () => {
    const result = await resultOf(running, '{ a: adds(data: "a") b: adds(data: "b") attaches }');
    expect(result).toEqual({ data: { a: 'a', b: 'b', attaches: 'fine' } });
    const [batch, ...others] = stored();
    expect([batch?.toSorted(), others]).toEqual([['a', 'attached', 'b'], []]);
    expect(at.out).toEqual([0]);
    for (const name of ['a', 'b', 'attached']) await timeline.until(`mail ${name} after success`);
    expect(timeline.indexOf(...['a', 'b', 'attached'].map((name) => `mail ${name} after success`))).toBeGreaterThan(
      timeline.indexOf('finish'),
    );
  });

  it('are stored as one batch of all operations of a request', async () => {
    const body = ['a', 'b'].map((name) => ({ query: `{ adds(data: "${name}") }` }));
    const answer = await request(running, '/graphql', { method: 'POST', body });
    expect(JSON.parse(answer.body)).toEqual([{ data: { adds: 'a' } }, { data: { adds: 'b' } }]);
    expect([at.out, stored().map((steps) => steps.toSorted())]).toEqual([[0], [['a', 'b']]]);
  });

  it('are stored each as its resolver has ended', async () => {
    const result = await resultOf(running, '{ adds(data: "a") fails(data: "b") }');
    expect(result).toMatchObject({ data: { adds: 'a', fails: null }, errors: [{ message: 'on purpose' }] });
    expect([at.out, stored().map((steps) => steps.toSorted())]).toEqual([[0], [['a', 'b for an error']]]);
    await timeline.until('mail a after success');
    await timeline.until('mail b for an error after failure');
    await running.runner.idle();
    expect(mails()).toHaveLength(2);
  });

  it('are stored as those of a resolver that may yet succeed where it is still at work; later ones by themselves', async () => {
    expect(await resultOf(running, '{ slow(data: "a") refuses }')).toMatchObject({ data: null });
    expect([at.out, stored()]).toEqual([[0], [['a']]]);
    await timeline.until('finish');
    expect(mails()).toEqual([]);
    release.resolve();
    await timeline.until('mail a, later after success');
    await timeline.until('mail a after success');
    expect(stored()).toEqual([['a'], ['a, later']]);
  });

  describeBroken((breaks) => {
    it.each([
      '{ adds(data: "a") }',
      '{ attaches }',
      'mutation { changes(data: "a") }',
      '{ adds(data: "a") fails(data: "b") }',
    ])('turn the result into a plain 503: %s', async (text) => {
      breaks(at.engine);
      await expectRefused(await query(running, text), running);
      expect(timeline.count('in this process')).toBe(0);
    });

    it('change no result that is an error, and their loss is logged', async () => {
      breaks(at.engine);
      expect(await resultOf(running, '{ fails(data: "b") }')).toMatchObject({
        data: { fails: null },
        errors: [{ message: 'on purpose' }],
      });
      await expectNothingLeft(running);
      expectLost(running, 'Mailer.send');
    });
  });
});
