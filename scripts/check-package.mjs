// packs the library and checks the tarball as a user would get it
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directory = mkdtempSync(join(tmpdir(), 'package-check-'));
const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
try {
  run('npm', 'pack', '--silent', '--pack-destination', directory, './libs/background-tasks');
  const tarball = join(directory, readdirSync(directory)[0]);
  run('publint', 'run', '--strict', tarball);
  run('attw', '--profile', 'esm-only', tarball);
} finally {
  rmSync(directory, { recursive: true });
}
