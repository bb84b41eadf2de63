import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import type { App } from 'supertest/types.js';
import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { AppModule } from './app.module.js';
import { Mailer } from './mailer.js';

let app: INestApplication<App>;

describe('signing up', () => {
  beforeEach(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = await module.createNestApplication().init();
  });

  afterEach(() => app.close());

  it('sends a welcome mail, at the second attempt if the mail server is busy', async () => {
    app.get(Mailer).busy = 1;
    await request(app.getHttpServer()).post('/signup').send({ email: 'ada@example.org' }).expect(201);
    await app.get(BackgroundTasksRunner).idle();
    expect(app.get(Mailer).sent).toEqual(['ada@example.org']);
  });
});

describe('signing up, captured,', () => {
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
});
