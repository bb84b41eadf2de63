import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  Module,
  type NestInterceptor,
  Param,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core';
import { BackgroundTasks, BackgroundTasksEvents } from 'nestjs-background-tasks';
import { type Observable, tap } from 'rxjs';

/** A request, as far as all parts of both platforms see it. */
export interface AnyRequest {
  readonly url: string;
  readonly originalUrl?: string;
}

/** Which request it is: the last part of its path. */
export function idOf({ originalUrl, url }: AnyRequest): string {
  return (originalUrl ?? url).split('/').at(-1) ?? '';
}

/** Adds tasks by a singleton, and knows in which batch they ran. */
@Injectable()
export class Adds {
  /** The tasks of each batch. */
  readonly batches = new Map<string, string[]>();

  constructor(
    private readonly tasks: BackgroundTasks,
    events: BackgroundTasksEvents,
  ) {
    events.events$.subscribe((event) => {
      if (event.type !== 'succeeded') return;
      this.batches.set(event.batchId, [...(this.batches.get(event.batchId) ?? []), event.name]);
    });
  }

  add(place: string, request: AnyRequest | string): void {
    const name = `${typeof request === 'string' ? request : idOf(request)}: ${place}`;
    this.tasks.addTask(() => undefined).with({ name, runOn: 'always' });
  }

  /** Where each request added its tasks; of a batch with tasks of several, all. */
  get places(): Record<string, string[]> {
    const places: Record<string, string[]> = {};
    for (const names of this.batches.values()) {
      const ids = [...new Set(names.map((name) => name.split(': ')[0]))].join(' and ');
      places[ids] = [...(places[ids] ?? []), ...names.map((name) => name.split(': ')[1] ?? '')];
    }
    return places;
  }
}

@Injectable()
class Guard implements CanActivate {
  constructor(private readonly adds: Adds) {}

  canActivate(context: ExecutionContext): boolean {
    this.adds.add('guard', context.switchToHttp().getRequest<AnyRequest>());
    return true;
  }
}

@Injectable()
class Interceptor implements NestInterceptor {
  constructor(private readonly adds: Adds) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AnyRequest>();
    this.adds.add('interceptor', request);
    return next.handle().pipe(tap({ finalize: () => this.adds.add('interceptor, after', request) }));
  }
}

@Injectable()
class Pipe implements PipeTransform<string, string> {
  constructor(private readonly adds: Adds) {}

  transform(id: string): string {
    this.adds.add('pipe', id);
    return id;
  }
}

@Catch()
class Filter implements ExceptionFilter {
  constructor(
    private readonly adds: Adds,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.adds.add('filter', http.getRequest<AnyRequest>());
    const status = error instanceof HttpException ? error.getStatus() : 500;
    this.adapterHost.httpAdapter.reply(http.getResponse(), 'failed', status);
  }
}

@Controller()
class Handlers {
  constructor(private readonly adds: Adds) {}

  @Get('answers/:id')
  async answers(@Param('id', Pipe) id: string): Promise<string> {
    this.adds.add('handler', id);
    await Promise.resolve();
    this.adds.add('handler, later', id);
    return id;
  }

  @Get('fails/:id')
  fails(@Param('id', Pipe) id: string): never {
    this.adds.add('handler', id);
    throw new Error('on purpose');
  }

  /** With a parameter: followed. */
  @Get('followed/:id')
  async followed(@Param('id', Pipe) id: string, tasks: BackgroundTasks): Promise<string> {
    this.adds.add('handler', id);
    await Promise.resolve();
    tasks.addTask(() => undefined).with({ name: `${id}: parameter`, runOn: 'always' });
    return id;
  }
}

/** The places of a request that is answered, in order. */
export const answered = ['guard', 'interceptor', 'pipe', 'handler', 'handler, later', 'interceptor, after'];
export const followed = ['guard', 'interceptor', 'pipe', 'handler', 'parameter', 'interceptor, after'];
export const failed = ['guard', 'interceptor', 'pipe', 'handler', 'interceptor, after', 'filter'];

@Module({
  controllers: [Handlers],
  providers: [
    Adds,
    ...(
      [
        [APP_GUARD, Guard],
        [APP_INTERCEPTOR, Interceptor],
        [APP_FILTER, Filter],
      ] as Array<[string, Type]>
    ).map(([provide, useClass]) => ({ provide, useClass })),
  ],
  exports: [Adds],
})
export class EverywhereModule {}
