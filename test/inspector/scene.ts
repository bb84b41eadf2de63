import type { IncomingHttpHeaders } from 'node:http';
import { Controller, Get, type DynamicModule, Post, Res } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { InspectorModule, type InspectorModuleOptions } from 'nestjs-background-tasks/inspector';
import type { Reply } from '../harness/application.js';

/** What the inspector tells, as far as the tests look at it. */
export interface Told {
  readonly v: number;
  readonly stats: Record<string, unknown>;
  readonly dropped: number;
  readonly batches: ToldBatch[];
}

export interface ToldChange {
  readonly stats: Record<string, unknown>;
  readonly dropped: number;
  readonly batches: ToldBatch[];
  readonly gone: string[];
}

export interface ToldBatch {
  readonly id: string;
  readonly source?: { readonly kind: string; readonly name: string; readonly handler?: string };
  readonly status?: number;
  readonly outcome?: string;
  readonly aborted?: boolean;
  readonly addedAt: number;
  readonly startedAt?: number;
  readonly handlerEndedAt?: number;
  readonly endedAt?: number;
  readonly settledAt?: number;
  readonly finishedAt?: number;
  readonly tasks: ToldTask[];
  readonly more: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface ToldTask {
  readonly name: string;
  readonly index: number;
  readonly state: string;
  readonly addedAt: number;
  readonly attempts: Array<{
    readonly startedAt: number;
    readonly endedAt?: number;
    readonly error?: { readonly message: string; readonly stack?: string };
  }>;
  readonly earlier?: number;
  readonly reason?: string;
}

const named = (name: string, task: () => unknown): (() => unknown) =>
  Object.defineProperty(task, 'name', { value: name });

/** Handlers whose tasks have telling names. */
@Controller()
export class Office {
  @Post('signup')
  signUp(tasks: BackgroundTasks): string {
    tasks.addTask(named('sendWelcome', async () => Promise.resolve()));
    tasks.addTask(named('recordAudit', () => undefined));
    return 'welcome';
  }

  @Post('reports/:id')
  report(tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply): string {
    reply.status(202);
    tasks.addTask(named('recordAudit', () => undefined));
    tasks.addTask(
      named('storeReport', () => {
        throw new RangeError('the archive is full');
      }),
    );
    tasks.addTask(named('sendLink', () => undefined));
    return 'ordered';
  }

  @Post('flaky')
  flaky(tasks: BackgroundTasks): string {
    let attempts = 0;
    const call = named('callAgain', () => {
      if (++attempts < 3) throw new Error(`attempt ${attempts}`);
    });
    tasks.addTask(call).with({ retries: { retries: 2, minTimeout: 0 } });
    return 'fine';
  }

  @Get('nothing')
  nothing(): string {
    return 'nothing';
  }
}

/** A request of either platform, as far as these scenes look at it. */
export interface SceneRequest {
  readonly headers: IncomingHttpHeaders;
}

export const isAdmin = ({ headers }: SceneRequest): boolean => headers.cookie === 'admin=yes';

export function inspector(options: Partial<InspectorModuleOptions> = {}): DynamicModule {
  return InspectorModule.forRoot({ path: 'inspector', authorize: isAdmin, ...options });
}
