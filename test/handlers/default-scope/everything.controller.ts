import { setTimeout } from 'node:timers/promises';
import {
  Body,
  Controller,
  Get,
  HttpException,
  Inject,
  Param,
  Post,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTask, BackgroundTasks, BackgroundTasksRunner } from 'nestjs-background-tasks';
import type { Reply } from '../../harness/application.js';
import { Adds, gates, note, noteRefusal } from './adds.js';
import { Denies, emitter, Filter, Guard, Interceptor, Pipe, Service } from './singletons.js';

class SignUp {
  name!: string;
}

@Controller()
export class Everything extends Adds {
  @Inject(Service) readonly service!: Service;
  @Inject(BackgroundTasksRunner) readonly runner!: BackgroundTasksRunner;

  @Post('sign-up')
  @UseGuards(Guard)
  @UseInterceptors(Interceptor)
  async signUp(
    @Body(Pipe) { name }: SignUp,
    tasks: BackgroundTasks,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    this.add(`handler for ${name}`);
    tasks.addTask(note, 'parameter');
    emitter.emit('signed up');
    await setTimeout(1);
    this.service.deep.add('deep service, after a timer');
    reply.background = new BackgroundTask(note, 'attached');
    await Promise.resolve();
    this.add('handler, at last');
    return [this.tasks.size, tasks.size, [...this.tasks].length].join();
  }

  @Get('refused')
  @UseFilters(Filter)
  refused(): never {
    throw new HttpException('refused', 418);
  }

  @Get('denied')
  @UseGuards(Denies)
  denied(): string {
    return 'never';
  }

  @Get('attached')
  attached(@Res({ passthrough: true }) reply: Reply): string {
    this.add('once');
    reply.background = this.tasks;
    this.add('and another');
    return `${this.tasks.size}`;
  }

  @Get('taken')
  async taken(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    this.add('mine');
    const merged = new BackgroundTasks([this.tasks]);
    await noteRefusal(() => this.runner.scope((other) => void other.addTask(merged)));
    reply.background = merged;
    await noteRefusal(() => this.tasks.run());
    return `${this.tasks.size}`;
  }

  @Get('interleaved/:id')
  async interleaved(@Param('id') id: string, tasks: BackgroundTasks): Promise<string> {
    this.add(`${id} one`);
    await new Promise((resolve) => setImmediate(resolve));
    this.service.deep.add(`${id} two`);
    await setTimeout(1);
    tasks.addTask(note, `${id} three`);
    this.add(`${id} four`);
    return id;
  }

  @Post('piped/:id')
  piped(@Param('id') id: string, @Body() { name }: SignUp): string {
    this.add(`${id} for ${name}`);
    return id;
  }

  @Get('late')
  late(): string {
    this.tasks.addTask(async () => {
      note('outer begins');
      this.add('added by a task');
      await Promise.resolve();
      note('outer ends');
    });
    this.add('next');
    void gates.release.promise.then(() => {
      this.add('added by a promise');
      gates.added.resolve();
    });
    return 'fine';
  }

  @Get('fails/for/:runOn')
  async fails(@Param('runOn') runOn: 'success' | 'always'): Promise<never> {
    this.tasks.with({ runOn });
    this.add(`for ${runOn}`);
    if (runOn === 'always') {
      gates.entered.resolve();
      await gates.release.promise;
    }
    this.add(`for ${runOn}, too`);
    throw new HttpException('on purpose', 418);
  }
}
