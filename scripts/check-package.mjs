// packs the library and checks the tarball as a user would get it
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directory = mkdtempSync(join(tmpdir(), 'package-check-'));
const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
try {
  run(process.execPath, 'scripts/types-versions.mjs');
  run('npm', 'pack', '--silent', '--pack-destination', directory, './libs/background-tasks');
  const tarball = join(directory, readdirSync(directory)[0]);
  run('tar', '-xzf', tarball, '-C', directory);
  run(process.execPath, 'scripts/check-links.mjs', join(directory, 'package'));
  run('publint', 'run', '--strict', tarball);
  // node10 is what `"module": "commonjs"` has: types are found there, and Node can `require` what it finds
  run('attw', '--ignore-rules', 'cjs-resolves-to-esm', '--', tarball);
} finally {
  rmSync(directory, { recursive: true });
}
