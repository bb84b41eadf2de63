import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import { SMTPServer } from 'smtp-server';
import request from 'supertest';
import { AppModule } from '../src/app.module.js';
import { createMailTransport } from '../src/mail-transport.js';
import { Outbox } from './outbox.js';
import { startSample } from './start-sample.js';

const ada = { username: 'ada', password: 'correct horse', email: 'ada@example.com' };

async function signUp(app: INestApplication<Server>): Promise<void> {
  await request(app.getHttpServer()).post('/signup').send(ada).expect(201);
  await app.get(BackgroundTasksRunner).idle();
}

describe('With SMTP_URL', () => {
  const received: string[] = [];
  const smtpServer = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, _, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });

  beforeEach(async () => {
    await once(smtpServer.listen(0, '127.0.0.1'), 'listening');
    process.env.SMTP_URL = `smtp://127.0.0.1:${(smtpServer.server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    delete process.env.SMTP_URL;
    await new Promise<void>((resolve) => smtpServer.close(resolve));
  });

  it('sends e-mails through that server', async () => {
    const testingModule = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const app: INestApplication<Server> = testingModule.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');

    await signUp(app);
    await app.close();

    expect(received).toHaveLength(1);
    expect(received[0]).toMatch(/^To: ada@example\.com\r$/m);
    expect(received[0]).toMatch(/^Subject: Welcome\r$/m);
    expect(received[0]).toContain('Good to have you here.');
  });
});

describe('Without SMTP_URL', () => {
  it('writes e-mails to the log, one line each', async () => {
    const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };
    const app = await startSample(createMailTransport(undefined), logger);

    await signUp(app);
    await app.close();

    const lines = logger.log.mock.calls.filter((call) => call.includes('Mail'));
    expect(lines).toEqual([['To ada@example.com: Welcome. Good to have you here.', 'Mail']]);
  });
});

describe('With an SMTP_URL that is no address of an SMTP server', () => {
  afterEach(() => {
    delete process.env.SMTP_URL;
  });

  it.each(['localhost:2525', 'https://user:secret@mail.example.com', 'mail', 'smtp://'])(
    'does not start, and says what to do: %s',
    async (smtpUrl) => {
      process.env.SMTP_URL = smtpUrl;
      const start = Test.createTestingModule({ imports: [AppModule] })

        .compile();

      const error: unknown = await start.catch((reason: unknown) => reason);

      expect(String(error)).toContain('Set it to one, as in smtp://127.0.0.1:2525');
      expect(String(error)).not.toContain('secret');
    },
  );
});

describe('At shutdown', () => {
  it('closes the transport', async () => {
    const outbox = new Outbox();
    const app = await startSample(outbox);

    await app.close();

    expect(outbox.isClosed).toBe(true);
  });
});
