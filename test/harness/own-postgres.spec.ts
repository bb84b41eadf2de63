import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { OwnPostgres } from './own-postgres.js';
import { newDatabase, type PostgresSettings, withoutPostgres } from './postgres.js';

async function ask(settings: PostgresSettings, ...statements: string[]): Promise<unknown[]> {
  const client = new Client(settings);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const rows: unknown[] = [];
    for (const statement of statements) rows.push(...(await client.query(statement)).rows);
    return rows;
  } finally {
    await client.end();
  }
}

describe('the PostgreSQL of the tests', () => {
  it('is there', async () => {
    await expect(withoutPostgres()).resolves.toBeUndefined();
  });

  it('has a database for each that asks for one, until it is dropped', async () => {
    const [one, other] = [await newDatabase(), await newDatabase()];
    await ask(one.settings, 'CREATE TABLE mine (id int)');
    expect(await ask(other.settings, `SELECT to_regclass('mine') AS found`)).toEqual([{ found: null }]);
    await Promise.all([one.drop(), other.drop()]);
    await expect(ask(one.settings, 'SELECT 1')).rejects.toThrow('does not exist');
  });
});

describe('a PostgreSQL of its own', () => {
  let server: OwnPostgres;

  beforeEach(async () => {
    server = await OwnPostgres.start();
  });

  afterEach(() => server.stop());

  it('has what it confirmed before it was killed', async () => {
    await ask(server.settings, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)');
    await server.kill();
    await server.startAgain();
    expect(await ask(server.settings, 'SELECT id FROM kept', 'SHOW fsync')).toEqual([{ id: 7 }, { fsync: 'on' }]);
  });

  it('can be stopped also when it was killed', async () => {
    await server.kill();
    await expect(ask(server.settings, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });
});
