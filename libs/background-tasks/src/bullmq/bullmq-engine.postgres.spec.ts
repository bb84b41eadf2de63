import { afterAll, beforeAll, it } from '@jest/globals';
import { Database, PostgresStore } from '../../../../test/harness/bullmq-stores.js';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { engineContract } from '../durable/engine.contract.js';

const absence = await withoutPostgres();

if (absence !== undefined) {
  console.warn(`Skipped, since there is none here (${absence}): BullMQ on PostgreSQL`);
  it.todo('needs a PostgreSQL');
} else {
  let database: Database;

  beforeAll(async () => {
    database = await Database.create();
  });

  afterAll(() => database.drop());

  engineContract('BullMQ on PostgreSQL', () => Promise.resolve(new PostgresStore(database.connection)));
}
