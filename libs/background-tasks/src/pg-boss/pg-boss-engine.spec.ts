import { afterAll, beforeAll } from '@jest/globals';
import { engineContract } from '../durable/engine.contract.js';
import { TestDatabase } from './scene.contract.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.open();
});

afterAll(() => database.drop());

engineContract('pg-boss', () => Promise.resolve(database.store()));
