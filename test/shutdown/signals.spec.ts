import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, request } from '../harness/application.js';
import { Program } from '../harness/program.js';

let program: Program;

beforeAll(async () => {
  program = await Program.compile('test/shutdown/signals/child.ts');
});

afterAll(() => program.remove());

describe.each(platforms)('a process on $name that gets SIGTERM', ({ name }) => {
  it('says what it waits for, finishes the request in flight and its tasks before it closes what they use, and ends by the signal', async () => {
    const child = await program.start(name, 'Infinity');
    const answer = request(child, '/slow');
    await child.output.until('a request is in flight');
    const ended = child.terminate();
    await child.output.until('the shutdown begins');
    child.tell('the handler may end');
    expect((await answer).body).toBe('answered');
    await child.output.until('a task is running');
    child.tell('the task may end');
    expect(await ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(child.output.events).toEqual([
      'it listens',
      'a request is in flight',
      'the shutdown begins',
      'LOG The application shuts down, and waits for 1 handler at work.',
      'a task is running',
      'the client was used',
      'the client closes',
    ]);
  });

  it('waits no longer than shutdownTimeout, tells the tasks to stop, and names those that are lost', async () => {
    const child = await program.start(name, '50');
    expect((await request(child, '/endless')).body).toBe('answered');
    await child.output.until('a task is running');
    expect(await child.terminate()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(child.output.events).toEqual([
      'it listens',
      'a task is running',
      'the shutdown begins',
      'LOG The application shuts down, and waits for 2 background tasks ("endless", "pending").',
      'the signal is aborted',
      'the client closes',
    ]);
    expect(child.errors.join('\n')).toMatch(
      /ERROR.*\[BackgroundTasks\].* are lost\. Still running: "endless"\. Never started: "pending"\./,
    );
  });
});
