import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  Param,
  Post,
  UseGuards,
  UseInterceptors,
  Version,
  VersioningType,
} from '@nestjs/common';
import { BackgroundTasks, type BackgroundTasksEvent, BackgroundTasksEvents } from 'nestjs-background-tasks';
import { platforms, type Prepare, type Reply, request, type Running, start } from '../harness/application.js';
import { useMiddleware } from '../harness/nest.js';
import { LetsPass } from './sources/lets-pass.js';

type Told = Extract<BackgroundTasksEvent, { type: 'added' | 'settled' }>;

let told: Told[];

beforeEach(() => {
  told = [];
});

@Injectable()
class AddsAndDenies implements CanActivate {
  constructor(private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    this.tasks.addTask(() => undefined);
    return false;
  }
}

@Controller('users')
class Users {
  @Post('/:id/reset/:token')
  reset(@Param('id') id: string, tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined);
    return id;
  }

  @Get(':id')
  @UseInterceptors(LetsPass)
  intercepted(@Param('id') id: string, tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined);
    return id;
  }

  @Version('2')
  @Get(':id/versioned')
  versioned(tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined);
    return 'fine';
  }

  @Get(':id/denied')
  @UseGuards(AddsAndDenies)
  denied(): string {
    return 'never';
  }

  @Get(':id/throws')
  throws(tasks: BackgroundTasks): never {
    tasks.addTask(() => undefined).with({ runOn: 'always' });
    throw new Error('on purpose');
  }
}

function prepare(app: INestApplication): void {
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  app.get(BackgroundTasksEvents).events$.subscribe((event) => {
    if (event.type === 'added' || event.type === 'settled') told.push(event);
  });
}

describe.each(platforms)('what brought a task, on $name', (platform) => {
  const begin = (before: Prepare = prepare): Promise<Running> => start(platform, { controllers: [Users] }, before);
  const sources = (): unknown[] => told.map(({ type, source }) => [type, source]);
  const both = (source: object): unknown[] => [
    ['added', { kind: 'http', ...source }],
    ['settled', { kind: 'http', ...source }],
  ];

  it.each([
    ['POST', '/api/v1/users/7/reset/secret', 'POST /api/v1/users/:id/reset/:token', 'reset'],
    ['GET', '/api/v1/users/7?token=secret', 'GET /api/v1/users/:id', 'intercepted'],
    ['GET', '/api/v2/users/7/versioned', 'GET /api/v2/users/:id/versioned', 'versioned'],
    ['GET', '/api/v1/users/7/throws', 'GET /api/v1/users/:id/throws', 'throws'],
  ])('is %s %s: the method, the template of the route, and the handler', async (method, path, name, handler) => {
    const running = await begin();
    await request(running, path, { method });
    await running.runner.idle();
    expect(sources()).toEqual(both({ name, handler: `Users.${handler}` }));
  });

  it('is a route without a handler, where a guard denies', async () => {
    const running = await begin();
    await request(running, '/api/v1/users/7/denied');
    await running.runner.idle();
    expect(sources()).toEqual(both({ name: 'GET /api/v1/users/:id/denied' }));
  });

  it.each(['/nowhere/secret', '/api/nowhere/secret'])(
    'is the method alone where there is no route: %s',
    async (path) => {
      const running = await begin(async (app) => {
        prepare(app);
        await useMiddleware(app, (_: unknown, response: Reply, next: () => void) => {
          response.background = new BackgroundTasks();
          (response.background as BackgroundTasks).addTask(() => undefined).with({ runOn: 'always' });
          next();
        });
      });
      await request(running, path);
      await running.runner.idle();
      expect(sources()).toEqual(both({ name: 'GET (no route)' }));
    },
  );

  it('is a scope, by itself and within a request', async () => {
    const running = await begin();
    await running.runner.scope((tasks) => tasks.addTask(() => undefined));
    await running.runner.idle();
    expect(sources()).toEqual([
      ['added', { kind: 'scope', name: 'scope' }],
      ['settled', { kind: 'scope', name: 'scope' }],
    ]);
  });

  it('is looked at by nobody where nobody listens', async () => {
    const running = await begin(() => undefined);
    await request(running, '/users/7', { method: 'GET' });
    await running.runner.idle();
    expect(told).toEqual([]);
  });
});
