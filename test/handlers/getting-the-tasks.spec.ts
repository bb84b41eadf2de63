import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  createParamDecorator,
  Get,
  Inject,
  Injectable,
  Post,
  Res,
  ValidationPipe,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { IsString } from 'class-validator';
import { BackgroundTask, BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { platforms, type Reply, request, start } from '../harness/application.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;

const note = (event: string): void => timeline.mark(event);

beforeEach(() => {
  timeline = new Timeline();
});

@Injectable()
class Mailer {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  later(): void {
    this.tasks.addTask(this, 'send', 'by a service');
  }

  send(how: string): void {
    timeline.mark(how);
  }
}

@Controller()
class ByConstructor {
  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly mailer: Mailer,
  ) {}

  @Get('constructor')
  get(): string {
    this.tasks.addTask(note, 'by constructor');
    this.mailer.later();
    return 'fine';
  }
}

class SignUp {
  @IsString() name!: string;
}

const instances = new Set<unknown>();

abstract class Inherited {
  @Get('inherited')
  inherited(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'inherited');
    return 'fine';
  }
}

const Ours = createParamDecorator(() => 'decorated by the application');

@Controller()
class ByParameter extends Inherited {
  constructor() {
    super();
    instances.add(this);
  }

  @Post('by-type')
  byType(@Body() dto: SignUp, tasks: BackgroundTasks): string {
    tasks.addTask(note, `by type for ${dto.name}`);
    return 'fine';
  }

  @Get('by-decorator')
  byDecorator(@Tasks() tasks: BackgroundTasks): string {
    tasks.addTask(note, 'by decorator');
    return 'fine';
  }

  @Get('twice')
  twice(tasks: BackgroundTasks, @Tasks() same: BackgroundTasks): string {
    tasks.addTask(note, 'by type');
    same.addTask(note, 'by decorator');
    return `${tasks.size} ${same.size} ${[...same].map(({ name }) => name).join()}`;
  }

  @Get('decorated-otherwise')
  decoratedOtherwise(@Ours() tasks: BackgroundTasks): string {
    return tasks as unknown as string;
  }
}

@Controller()
class ByResponse {
  @Get('attach')
  attach(@Res({ passthrough: true }) reply: Reply): string {
    const task = new BackgroundTask(note, 'attached');
    reply.background = task;
    reply.background = undefined;
    return String(reply.background === task);
  }

  @Get('attach-a-number')
  attachNumber(@Res({ passthrough: true }) reply: Reply): void {
    reply.background = 42;
  }

  @Get('attach-a-list')
  attachAList(@Res({ passthrough: true }) reply: Reply): void {
    reply.background = [];
  }
}

const module = { controllers: [ByConstructor, ByParameter, ByResponse], providers: [Mailer] };

describe.each(platforms)('on $name, BackgroundTasks', (platform) => {
  async function eventsAfter(path: string): Promise<{ events: string[]; body: string }> {
    const running = await start(platform, module);
    const { body, status } = await request(running, path);
    expect(status).toBe(200);
    await running.runner.idle();
    return { events: timeline.events, body };
  }

  it('comes by constructor, for a controller and its services', async () => {
    expect((await eventsAfter('/constructor')).events).toEqual(['by constructor', 'by a service']);
  });

  it('comes by the type of a handler parameter alone, and the controller stays a singleton', async () => {
    instances.clear();
    const running = await start(platform, module);
    const post = () => request(running, '/by-type', { method: 'POST', body: { name: 'Ada' } });
    expect((await post()).status).toBe(201);
    expect((await post()).status).toBe(201);
    await running.runner.idle();
    expect(timeline.events).toEqual(['by type for Ada', 'by type for Ada']);
    expect(instances.size).toBe(1);
  });

  it('comes by the type of a parameter of an inherited handler', async () => {
    expect((await eventsAfter('/inherited')).events).toEqual(['inherited']);
  });

  it('comes by decorator, where the compiler emits no types', async () => {
    expect((await eventsAfter('/by-decorator')).events).toEqual(['by decorator']);
  });

  it('is one batch, however often it is asked for', async () => {
    const { events, body } = await eventsAfter('/twice');
    expect(events).toEqual(['by type', 'by decorator']);
    expect(body).toBe('2 2 note,note');
  });

  it('leaves a parameter with a decorator of its own alone', async () => {
    expect((await eventsAfter('/decorated-otherwise')).body).toBe('decorated by the application');
  });

  it('is not copied by a ValidationPipe that validates custom decorators', async () => {
    const running = await start(platform, module, (app) => {
      app.useGlobalPipes(new ValidationPipe({ transform: true, validateCustomDecorators: true, whitelist: true }));
    });
    await request(running, '/by-type', { method: 'POST', body: { name: 'Ada', role: 'admin' } });
    expect((await request(running, '/by-decorator')).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['by type for Ada', 'by decorator']);
  });

  it('can be attached to the response, which gives back what was attached', async () => {
    const { events, body } = await eventsAfter('/attach');
    expect(events).toEqual(['attached']);
    expect(body).toBe('true');
  });

  it.each([
    ['/attach-a-number', 'Cannot attach `42` (number) to the response: `background` takes a BackgroundTask'],
    ['/attach-a-list', 'Cannot attach `[]` (object) to the response: `background` takes a BackgroundTask'],
  ])('refuses at once what is no task: %s', async (path, message) => {
    const errors: unknown[] = [];
    const running = await start(platform, module, (app) => {
      app.useGlobalFilters({
        catch(error, host) {
          errors.push(error);
          host.switchToHttp().getResponse<Reply>().status(500).send('refused');
        },
      });
    });
    expect((await request(running, path)).status).toBe(500);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(TypeError);
    expect((errors[0] as Error).message).toMatch(message);
  });

  it('refuses tasks that belong to another response', async () => {
    const tasks = new BackgroundTasks();
    const running = await start(platform, {
      controllers: [attaching(tasks)],
    });
    expect((await request(running, '/')).status).toBe(200);
    expect((await request(running, '/')).status).toBe(500);
  });
});

function attaching(tasks: BackgroundTasks) {
  @Controller()
  class Attaching {
    @Get()
    attach(@Res({ passthrough: true }) reply: Reply): string {
      reply.background = tasks;
      return 'fine';
    }
  }
  return Attaching;
}

describe('@Tasks()', () => {
  it('says what to do when it stands in a constructor', () => {
    expect(() => Tasks()(ByParameter, undefined, 0)).toThrow(
      'Cannot use @Tasks() in the constructor of `ByParameter`: it is for parameters of handlers.',
    );
  });

  it.each(platforms)('says so on $name when the module is not imported', async (platform) => {
    const testing = await Test.createTestingModule({ controllers: [ByParameter] })
      .setLogger(false as never)
      .compile();
    const app = testing.createNestApplication(platform.adapter());
    const errors: Error[] = [];
    app.useGlobalFilters({
      catch(error: Error, host: { switchToHttp(): { getResponse(): Reply } }) {
        errors.push(error);
        host.switchToHttp().getResponse().status(500).send('refused');
      },
    } as never);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as { port: number };
    expect((await request({ port }, '/by-decorator')).status).toBe(500);
    await app.close();
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('or BackgroundTasksModule is not imported'),
    ]);
  });
});
