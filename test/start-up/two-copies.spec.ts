import { rm } from 'node:fs/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Inject, Injectable, Post, Res, Scope } from '@nestjs/common';
import * as library from 'nestjs-background-tasks';
import { express, platforms, type Reply, request, start } from '../harness/application.js';
import { compileLibrary, newDirectory } from '../harness/program.js';

// as a package brings it that asks for another version
const directory = await newDirectory();
await compileLibrary(directory);
const other = (await import(`${directory}/index.js`)) as typeof library;
// a type by which a parameter is injected has to be the name of a class
const OtherTasks = other.BackgroundTasks;
type OtherTasks = library.BackgroundTasks;

const TWO_COPIES = /Two copies of nestjs-background-tasks are loaded.*`npm ls nestjs-background-tasks`/;
const send = (): void => undefined;

afterAll(() => rm(directory, { recursive: true, force: true }));

/** What calling `fn` throws. */
function thrownBy(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}

it('a second copy of the library is another one', () => {
  expect(other.BackgroundTasks).not.toBe(library.BackgroundTasks);
});

describe.each(platforms)('on $name, a second copy of the library is named', (platform) => {
  it('where a parameter has its type', async () => {
    @Controller()
    class SignUp {
      @Post()
      signUp(@Body() _body: object, _tasks: OtherTasks): void {}
    }
    const starting = start(platform, { controllers: [SignUp] });
    await expect(starting).rejects.toThrow('Cannot inject BackgroundTasks into parameter 2 of `SignUp.signUp`');
    await expect(start(platform, { controllers: [SignUp] })).rejects.toThrow(TWO_COPIES);
  });

  it.each([Scope.REQUEST, Scope.DEFAULT] as const)(
    'where a constructor asks for its tasks, with scope %s',
    async (scope) => {
      @Injectable()
      class Mailer {
        constructor(@Inject(other.BackgroundTasks) readonly tasks: unknown) {}
      }
      const imports = [library.BackgroundTasksModule.forRoot({ scope })];
      await expect(start(platform, { imports, providers: [Mailer] })).rejects.toThrow(TWO_COPIES);
    },
  );

  it('where its tasks are attached to the response', async () => {
    let thrown: unknown;
    @Controller()
    class SignUp {
      @Get()
      signUp(@Res({ passthrough: true }) response: Reply): string {
        thrown = thrownBy(() => (response.background = new other.BackgroundTask(send)));
        return 'fine';
      }
    }
    const running = await start(platform, { controllers: [SignUp] });
    expect((await request(running, '/')).body).toBe('fine');
    expect(thrown).toBeInstanceOf(TypeError);
    expect(thrown).toMatchObject({ message: expect.stringMatching(TWO_COPIES) });
  });

  it('where its decorator finds no tasks', async () => {
    @Controller()
    class SignUp {
      @Get()
      signUp(@other.Tasks() _tasks: unknown): void {}
    }
    const running = await start(platform, { controllers: [SignUp] });
    expect((await request(running, '/')).status).toBe(500);
    const [line] = running.logger.lines.filter(({ level }) => level === 'error');
    expect(line?.message).toMatchObject({ message: expect.stringMatching(TWO_COPIES) });
  });

  it('where its module is imported beside that of the first', async () => {
    const imports = [library.BackgroundTasksModule, other.BackgroundTasksModule];
    const said = await start(platform, { imports }).then(
      ({ logger }) => logger.ofTasks('warn').map(({ message }) => message),
      (error: unknown) => [String(error)],
    );
    // both decorate the reply, which Fastify refuses
    expect(said).toContainEqual(expect.stringMatching(platform.isFastify ? /background/ : TWO_COPIES));
  });
});

describe('a second copy of the library is named', () => {
  it('where its tasks are added to those of the first, and the other way round', () => {
    const thrown = [
      thrownBy(() => new library.BackgroundTasks().addTask(new other.BackgroundTask(send))),
      thrownBy(() => new library.BackgroundTasks([new other.BackgroundTasks()])),
      thrownBy(() => new other.BackgroundTasks().addTask(new library.BackgroundTask(send))),
    ];
    for (const error of thrown) {
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ message: expect.stringMatching(TWO_COPIES) });
    }
  });
});

describe("a second copy of the library is nobody's business", () => {
  it('where each application has its own', async () => {
    @Controller()
    class First {
      @Get()
      get(tasks: library.BackgroundTasks): string {
        tasks.addTask(send);
        return 'fine';
      }
    }
    const running = await start(express, { controllers: [First] });
    expect((await request(running, '/')).body).toBe('fine');
    await running.runner.idle();
    expect(running.runner.stats().succeeded).toBe(1);
    expect(running.logger.ofTasks('warn')).toEqual([]);
  });
});
