/** What has to be known of a Redis that keeps batches. */
export interface RedisCheck {
  /** A line for an operator for each thing that can lose batches. */
  readonly warnings: readonly string[];
  /** Whether BullMQ would print lines of its own about this server on the console. */
  readonly printed: boolean;
}

/**
 * Reads what `INFO` says.
 *
 * Unlike `CONFIG`, that is allowed in most services that run a Redis for somebody; where it is not, `info` is empty.
 */
export function checkRedis(info: string): RedisCheck {
  const told = new Map(Array.from(info.matchAll(/^(\w+):(.*?)\r?$/gm), ([, name = '', value = '']) => [name, value]));
  const append = told.get('aof_enabled');
  const policy = told.get('maxmemory_policy');
  const warnings = [appendWarning(append), policyWarning(policy)].filter((line) => line !== undefined);
  return { warnings, printed: policy !== 'noeviction' || isOld(told) };
}

function appendWarning(enabled: string | undefined): string | undefined {
  if (enabled === '1') return undefined;
  if (enabled === undefined) {
    return 'Redis does not tell whether it keeps an append-only file: if it keeps none, a restart loses durable batches that were stored for answered requests. Set `appendonly yes`.';
  }
  return 'Redis keeps no append-only file: a restart or a crash loses the durable batches stored since its last snapshot, also those of answered requests. Set `appendonly yes`.';
}

function policyWarning(policy: string | undefined): string | undefined {
  if (policy === 'noeviction') return undefined;
  if (policy === undefined) {
    return 'Redis does not tell its `maxmemory-policy`: with any but `noeviction` it may throw durable batches away when its memory is full.';
  }
  return `Redis has the \`maxmemory-policy\` \`${policy}\`: when its memory is full, it throws durable batches away without a word. Set \`noeviction\`.`;
}

/** BullMQ recommends 6.2; others than Redis itself have numbers of their own. */
function isOld(told: ReadonlyMap<string, string>): boolean {
  const [major = 0, minor = 0] = (told.get('redis_version') ?? '').split('.').map(Number);
  return major < 6 || (major === 6 && minor < 2);
}
