import { afterAll, beforeAll } from '@jest/globals';
import { TestDatabase } from '../../libs/background-tasks/src/pg-boss/scene.contract.js';
import { withoutPostgres } from '../harness/postgres.js';
import { whereThereIs } from '../harness/where-there-is.js';
import { itSurvives } from './rounds.js';

whereThereIs(await withoutPostgres(), 'killed workers, with pg-boss,', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.open();
  });

  afterAll(() => database.drop());

  const times = { lease: 10_000, checkEvery: 2000 };
  itSurvives(times, () => ({ system: 'pg-boss', options: database.store().options }));
});
