import { Controller, type ExecutionContext, Get, type ModuleMetadata, Post, VersioningType } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { type Platform, type Prepare, type Running, start } from '../../harness/application.js';
import { type Deferred, deferred } from '../../harness/deferred.js';
import { ask } from '../ask.js';
import { inspector, Office } from '../scene.js';

/** A batch whose tasks go on until a test lets them. */
@Controller()
export class Slow {
  release: Deferred = deferred();

  @Post('slow')
  slow(tasks: BackgroundTasks): string {
    tasks.addTask(() => this.release.promise).with({ name: 'reindex' });
    tasks.addTask(() => undefined).with({ name: 'warmCache' });
    return 'fine';
  }

  @Get('markup')
  markup(tasks: BackgroundTasks): void {
    const name = '<img src="/x" onerror="document.title = 1"><b>bold</b>';
    const fail = (): never => {
      throw new Error(`<script>document.title = 2</script>${name}`);
    };
    tasks.addTask(fail).with({ name });
  }
}

/** Where an application has its inspector, and what is in the way there. */
export interface Setting {
  readonly title: string;
  /** The path of the page. */
  readonly page: string;
  /** Before the paths of the handlers. */
  readonly prefix: string;
  readonly path: string;
  readonly prepare: Prepare;
}

/** What the tests ask for themselves: the browser does not. */
const INSIDE = { 'x-inside': 'yes' };

/** Lets nothing in that a browser asks for. */
const denyBrowsers = {
  canActivate: (context: ExecutionContext): boolean =>
    context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>().headers['x-inside'] === 'yes',
};

export const settings: readonly Setting[] = [
  { title: 'as it is', page: '/inspector', prefix: '', path: 'inspector', prepare: () => undefined },
  {
    title: 'below a prefix, with versions, and a guard that denies it all',
    page: '/api/inspector',
    prefix: '/api/v1',
    path: 'inspector',
    prepare: (app) => {
      app.setGlobalPrefix('api');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      app.useGlobalGuards(denyBrowsers);
    },
  },
  {
    title: 'at a deeper path',
    page: '/admin/all/tasks',
    prefix: '',
    path: 'admin/all/tasks',
    prepare: () => undefined,
  },
];

export function startIn(platform: Platform, { path, prepare }: Setting, more: ModuleMetadata = {}): Promise<Running> {
  return start(platform, { controllers: [Office, Slow], imports: [inspector({ path })], ...more }, prepare);
}

/** Makes a request to a handler, and waits for its tasks. */
export async function request(running: Running, { prefix }: Setting, path: string, method = 'POST'): Promise<void> {
  await ask(running, `${prefix}${path}`, { method, headers: INSIDE });
  await running.runner.idle();
}
