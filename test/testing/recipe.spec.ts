import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, type INestApplication, Injectable, Module, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import { BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { expectCodeOf } from '../harness/recipe.js';

describe('the recipe', () => {
  @Injectable()
  class Mailer {
    readonly sent: string[] = [];

    sendWelcome(email: string): void {
      this.sent.push(email);
    }
  }

  @Controller()
  class SignUpController {
    constructor(private readonly mailer: Mailer) {}

    @Post('signup')
    signUp(@Body() { email }: { email: string }, tasks: BackgroundTasks): string {
      tasks.addTask(this.mailer, 'sendWelcome', email);
      return 'welcome';
    }
  }

  @Module({ imports: [BackgroundTasksModule], controllers: [SignUpController], providers: [Mailer] })
  class AppModule {}

  const request = supertest;
  let app: INestApplication<Server>;
  let runner: CapturingRunner;

  beforeEach(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(BackgroundTasksRunner)
      .useClass(CapturingRunner)
      .compile();
    app = await module.createNestApplication().init();
    runner = app.get(BackgroundTasksRunner);
  });

  afterEach(async () => {
    runner.clear();
    await app.close();
  });

  it('adds a welcome mail', async () => {
    await request(app.getHttpServer()).post('/signup').send({ email: 'ada@example.org' }).expect(201);
    expect(runner.captured).toEqual([{ name: 'Mailer.sendWelcome', args: ['ada@example.org'], runOn: 'success' }]);
  });

  it('sends the welcome mail', async () => {
    await request(app.getHttpServer()).post('/signup').send({ email: 'ada@example.org' }).expect(201);
    await runner.runAll();
    expect(app.get(Mailer).sent).toEqual(['ada@example.org']);
  });

  it('says what it does', async () => {
    await expect(expectCodeOf('testing.md', 'test/testing/recipe.spec.ts')).resolves.toBeUndefined();
    // what `npm run starters` tries in the projects that Nest makes
    await expect(expectCodeOf('testing.md', 'scripts/starters/src/sign-up.spec.ts')).resolves.toBeUndefined();
  });
});
