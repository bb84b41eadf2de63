import { afterAll, beforeAll } from '@jest/globals';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { engineContract } from '../durable/engine.contract.js';
import { TestDatabase } from './scene.contract.js';

whereThereIs(await withoutPostgres(), 'the contract of engines:', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.open();
  });

  afterAll(() => database.drop());

  engineContract('pg-boss', () => Promise.resolve(database.store()));
});
