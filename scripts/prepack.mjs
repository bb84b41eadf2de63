// what a tarball needs beside the sources: a build of what they say now, and the pages kept at the root
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

// stdout is npm's, for the name of the tarball
const run = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });

run('scripts/build-page.mjs');
run('node_modules/@nestjs/cli/bin/nest.js', 'build', 'background-tasks');
run('scripts/pages.mjs', 'libs/background-tasks');
