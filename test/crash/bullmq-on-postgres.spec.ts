import { afterAll, beforeAll } from '@jest/globals';
import { Database, engineOptions } from '../harness/bullmq-stores.js';
import { withoutPostgres } from '../harness/postgres.js';
import { whereThereIs } from '../harness/where-there-is.js';
import { itSurvives } from './rounds.js';

whereThereIs(await withoutPostgres(), 'killed workers, with BullMQ on PostgreSQL,', () => {
  let database: Database;

  beforeAll(async () => {
    database = await Database.create();
  });

  afterAll(() => database.drop());

  const times = { lease: 8000, checkEvery: 3000 };
  itSurvives(times, () => ({
    system: 'bullmq',
    options: engineOptions({ connection: database.connection, backend: 'postgres' }),
  }));
});
