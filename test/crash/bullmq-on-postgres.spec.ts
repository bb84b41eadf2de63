import { afterAll, beforeAll } from '@jest/globals';
import { Database } from '../harness/bullmq-stores.js';
import { withoutPostgres } from '../harness/postgres.js';
import { whereThereIs } from '../harness/where-there-is.js';
import { itSurvives } from './rounds.js';

whereThereIs(await withoutPostgres(), 'killed workers, with BullMQ on PostgreSQL,', () => {
  let database: Database;

  beforeAll(async () => {
    database = await Database.create();
  });

  afterAll(() => database.drop());

  itSurvives(() => ({ connection: database.connection, backend: 'postgres' }));
});
