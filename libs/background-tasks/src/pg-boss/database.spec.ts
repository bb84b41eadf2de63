import { describe, expect, it } from '@jest/globals';
import { databaseOf } from './database.js';

const rows = [{ id: 1 }, { id: 2 }];

describe('the database of a transaction', () => {
  it.each([
    { of: 'a client of pg', result: { rows, rowCount: 2 } },
    { of: 'a client of pg, for several statements', result: [{ rows: [{ id: 1 }] }, { rows: [{ id: 2 }] }] },
    { of: 'a QueryRunner of TypeORM', result: rows },
  ])('has the rows of $of', async ({ result }) => {
    const sent: unknown[] = [];
    const query = (...statement: unknown[]): Promise<unknown> => {
      sent.push(statement);
      return Promise.resolve(result);
    };
    expect(await databaseOf({ query }).executeSql('SELECT $1', ['x'])).toEqual({ rows });
    expect(sent).toEqual([['SELECT $1', ['x']]]);
  });

  it('has no rows where there is no result', async () => {
    const query = (): Promise<unknown> => Promise.resolve(undefined);
    expect(await databaseOf({ query }).executeSql('BEGIN')).toEqual({ rows: [] });
  });

  it('is what an adapter made, if it is one', () => {
    const adapter = { executeSql: () => Promise.resolve({ rows }) };
    expect(databaseOf(adapter)).toBe(adapter);
  });
});
