/** Makes docs/support.md from the results of scripts/matrix.mjs. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';

export const NODES = ['20', '22', '24'];

/** The NestJS versions, and where those are installed that are not the workspace's own. */
export const NESTS = {
  '11.0': { compat: 'nest-11.0' },
  11: { compat: 'nest-11' },
  12: {},
};
