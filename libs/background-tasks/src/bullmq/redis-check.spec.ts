import { describe, expect, it } from '@jest/globals';
import { checkRedis } from './redis-check.js';

const GOOD = [
  '# Server',
  'redis_version:7.0.15',
  '# Memory',
  'maxmemory_policy:noeviction',
  '# Persistence',
  'aof_enabled:1',
  '',
].join('\r\n');

describe('the check of a Redis', () => {
  it('warns of nothing where nothing can be lost', () => {
    expect(checkRedis(GOOD)).toEqual({ warnings: [], printed: false });
  });

  it('says what is lost without an append-only file', () => {
    expect(checkRedis(GOOD.replace('aof_enabled:1', 'aof_enabled:0'))).toEqual({
      warnings: [expect.stringMatching(/^Redis keeps no append-only file: .* loses .*`appendonly yes`\.$/)],
      printed: false,
    });
  });

  it('says what is lost where keys are evicted', () => {
    const { warnings, printed } = checkRedis(GOOD.replace('noeviction', 'allkeys-lru'));
    expect(warnings).toEqual([expect.stringMatching(/`allkeys-lru`: .* throws durable batches away .*`noeviction`/)]);
    expect(printed).toBe(true);
  });

  it.each(['', 'redis_version:7.0.15\n'])('says that it is unknown where it is not told (%j)', (info) => {
    expect(checkRedis(info).warnings).toEqual([
      expect.stringMatching(/^Redis does not tell whether it keeps an append-only file/),
      expect.stringMatching(/^Redis does not tell its `maxmemory-policy`/),
    ]);
  });

  it.each([
    ['6.1.9', true],
    ['6.2.0', false],
    ['5.0.14', true],
    ['10.0.0', false],
  ])('knows that BullMQ would print something about Redis %s: %j', (version, printed) => {
    expect(checkRedis(GOOD.replace('7.0.15', version)).printed).toBe(printed);
  });
});
