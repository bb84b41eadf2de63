import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Sse } from '@nestjs/common';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { concat, defer, EMPTY, from, map, mergeMap, type Observable, of } from 'rxjs';
import { platforms, request, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { turn } from '../harness/bare-server.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import {
  at,
  breaksAt,
  describeBroken,
  expectNothingLeft,
  expectRefused,
  Mailer,
  mails,
  startDurable,
  stored,
} from './scene.js';

/** What the second event waits for, and the end. */
let release: [second: Deferred, end: Deferred];

@Controller()
class Events {
  constructor(private readonly mailer: Mailer) {}

  @Sse('events')
  events(@Tasks() tasks: BackgroundTasks): Observable<unknown> {
    this.mailer.add(tasks, 'a');
    const second = defer(() => from(release[0].promise)).pipe(
      map(() => {
        this.mailer.add(tasks, 'b');
        return { data: 'two' };
      }),
    );
    const end = defer(() => from(release[1].promise)).pipe(
      mergeMap(() => {
        this.mailer.add(tasks, 'c');
        return EMPTY;
      }),
    );
    return concat(of({ data: 'one' }), second, end);
  }
}

describe.each(platforms)('a stream of events, on $name,', (platform) => {
  let running: Running;

  beforeEach(async () => {
    release = [deferred(), deferred()];
    running = await startDurable(platform, { controllers: [Events] });
  });

  it('has what was added before an event, and before its end, stored before that; all runs after it', async () => {
    const { before } = at.engine;
    const hold = [deferred(), deferred(), deferred()];
    let count = 0;
    at.engine.before = async (call) => {
      await before?.(call);
      if (call.method !== 'submit') return;
      timeline.mark(`storing ${count}`);
      await hold[count++]?.promise;
    };
    const connection = await Connection.open(running);
    connection.send('/events');
    await timeline.until('storing 0');
    hold[0]?.resolve();
    await connection.receives('one');
    release[0].resolve();
    await timeline.until('storing 1');
    await turn();
    expect(connection.received).not.toContain('two');
    hold[1]?.resolve();
    await connection.receives('two');
    release[1].resolve();
    await timeline.until('storing 2');
    await turn();
    expect(timeline.count('finish')).toBe(0);
    expect(mails()).toEqual([]);
    hold[2]?.resolve();
    for (const name of ['a', 'b', 'c']) await timeline.until(`mail ${name} after success`);
    expect(timeline.indexOf(...['a', 'b', 'c'].map((name) => `mail ${name} after success`))).toBeGreaterThan(
      timeline.indexOf('finish'),
    );
    expect([at.out[0], stored()]).toEqual([0, [['a'], ['b'], ['c']]]);
  });

  it('is a success when its client leaves', async () => {
    const connection = await Connection.open(running);
    connection.send('/events');
    await connection.receives('one');
    expect(stored()).toEqual([['a']]);
    connection.hangUp();
    await timeline.until('mail a after success');
    await running.runner.idle();
    expect(mails()).toEqual(['a after success']);
  });

  describeBroken((breaks) => {
    it('never begins: it is a 503', async () => {
      breaks(at.engine);
      await expectRefused(await request(running, '/events'), running);
    });

    it.each([
      [1, 'before an event', ['one']],
      [2, 'before its end', ['one', 'two']],
    ])('after %i batches, %s, errs and ends, and nothing of it runs', async (times, _where, events) => {
      breaksAt(times, breaks);
      const connection = await Connection.open(running);
      connection.send('/events');
      await connection.receives('one');
      release[0].resolve();
      if (events.includes('two')) await connection.receives('two');
      release[1].resolve();
      await connection.receives('event: error');
      await timeline.until('finish');
      expect(connection.received.match(/(?<=data: )(one|two)/g)).toEqual(events);
      expect(connection.received).toMatch(/event: error\r?\n(id: \d+\n)?data: .*Cannot store the background tasks/);
      at.engine.down = at.engine.hanging = false;
      await expectNothingLeft(running);
    });
  });
});
