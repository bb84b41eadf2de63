import { afterAll, beforeAll, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { newDatabase, withoutPostgres } from '../../../test/harness/postgres.js';
import { whereThereIs } from '../../../test/harness/where-there-is.js';
import { expectStoredMail, startDurable } from './durable.js';
import { Outbox } from './outbox.js';

whereThereIs(await withoutPostgres(), 'the sample on PostgreSQL', () => {
  const outbox = new Outbox();
  let database: Awaited<ReturnType<typeof newDatabase>>;
  let app: INestApplication;

  beforeAll(async () => {
    database = await newDatabase();
    const { host, port, user, password, database: name } = database.settings;
    const url = new URL(`postgres://${host}:${port}/${name}`);
    Object.assign(url, { username: user, password: password ?? '' });
    app = await startDurable(url.href, outbox);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('stores a mail before it answers, and sends it after that', () => expectStoredMail(app, outbox));
});
