import { afterAll, beforeAll } from '@jest/globals';
import { Database, PostgresStore } from '../../../../test/harness/bullmq-stores.js';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { engineContract } from '../durable/engine.contract.js';

whereThereIs(await withoutPostgres(), 'BullMQ on PostgreSQL:', () => {
  let database: Database;

  beforeAll(async () => {
    database = await Database.create();
  });

  afterAll(() => database.drop());

  engineContract('the engine', () => Promise.resolve(new PostgresStore(database.connection)));
});
