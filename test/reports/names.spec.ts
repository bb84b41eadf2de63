import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { BackgroundTask, BackgroundTasks, BackgroundTasksEvents } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';

const LONG = `name\nof "a"\ttask\u001b[31m\u2028${'x'.repeat(200_000)}`;

function fail(): never {
  throw new Error('on purpose');
}

class Nameless extends BackgroundTask<[]> {
  override get name(): string {
    return fail();
  }
}

@Controller()
class Handlers {
  @Get('long')
  long(tasks: BackgroundTasks): string {
    tasks.addTask(fail).with({ name: LONG });
    return 'fine';
  }

  @Get('many')
  many(tasks: BackgroundTasks): string {
    tasks.addTask(fail);
    for (let index = 0; index < 87; index++) tasks.addTask(fail).with({ name: `task ${index}` });
    return 'fine';
  }

  @Get('nameless')
  nameless(tasks: BackgroundTasks): string {
    tasks.addTask(new Nameless(fail));
    return 'fine';
  }
}

describe.each(platforms)('a name in a log line on $name', (platform) => {
  async function linesOf(path: string): Promise<{ lines: string[]; names: Set<string> }> {
    const running = await start(platform, { controllers: [Handlers] });
    const names = new Set<string>();
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => {
      if ('name' in event) names.add(event.name);
    });
    await request(running, path);
    await running.runner.idle();
    return { lines: running.logger.ofTasks('error').map(({ message }) => String(message)), names };
  }

  it('is on one line, and cut where it is long; events have it as it is', async () => {
    const { lines, names } = await linesOf('/long');
    expect(lines).toEqual([
      expect.stringMatching(
        /^Background task "name\\nof \\"a\\"\\ttask\\u001b\[31m\\u2028x{78}… \(200022 characters\)" failed: /,
      ),
    ]);
    expect([...names]).toEqual([LONG]);
  });

  it('is one of fifty at most, and the others are counted', async () => {
    const { lines } = await linesOf('/many');
    expect(lines).toEqual([expect.stringMatching(/Skipped after it: "task 0", "task 1", .*"task 49" and 37 more\.$/)]);
  });

  it('is not missed where it cannot be read', async () => {
    const { lines, names } = await linesOf('/nameless');
    expect(lines).toEqual(['Background task "anonymous" failed: Error: on purpose.']);
    expect([...names]).toEqual(['anonymous']);
  });
});
