import type { Server } from 'node:http';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AppModule } from '../src/app.module.js';
import { MAIL_TRANSPORT, type MailTransport } from '../src/mail-transport.js';

/** Starts the sample on a free port, as it is but for its way to send e-mails. */
export async function startSample(
  transport: MailTransport,
  logger: LoggerService | false = false,
): Promise<INestApplication<Server>> {
  const builder = Test.createTestingModule({ imports: [AppModule] });
  const testingModule = await builder.overrideProvider(MAIL_TRANSPORT).useValue(transport).compile();
  const app: INestApplication<Server> = testingModule.createNestApplication({ logger });
  await app.listen(0, '127.0.0.1');
  return app;
}
