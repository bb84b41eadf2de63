import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { BackgroundTasksEvents } from 'nestjs-background-tasks';
import { filter, firstValueFrom } from 'rxjs';
import request from 'supertest';
import { Outbox } from './outbox.js';
import { startSample } from './start-sample.js';

describe('A slow answer', () => {
  let app: INestApplication<Server>;
  let outbox: Outbox;

  beforeEach(async () => {
    outbox = new Outbox();
    app = await startSample(outbox);
  });

  afterEach(() => app.close());

  const told = (type: string) =>
    firstValueFrom(app.get(BackgroundTasksEvents).events$.pipe(filter((event) => event.type === type)));

  it('is followed by its mail', async () => {
    const finished = told('finished');
    await request(app.getHttpServer()).post('/exports').send({ email: 'ada@example.com' }).expect(201);
    await finished;
    expect(outbox.mails).toMatchObject([{ subject: 'Your export', text: 'Here it is.' }]);
  });

  it('is followed by it also where the client does not wait', async () => {
    const [added, finished] = [told('added'), told('finished')];
    const { port } = app.getHttpServer().address() as AddressInfo;
    const leaving = new AbortController();
    const left = fetch(`http://127.0.0.1:${port}/exports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'ada@example.com' }),
      signal: leaving.signal,
    });
    await added;
    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    await finished;
    expect(outbox.mails).toMatchObject([{ text: 'You did not wait for it. Here it is.' }]);
  });
});
