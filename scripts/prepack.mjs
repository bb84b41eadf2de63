// what a tarball needs beside the sources: a build of what they say now, and the two files kept at the root
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const library = join(root, 'libs/background-tasks');

execFileSync(process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', 'build', 'background-tasks'], {
  cwd: root,
  // stdout is npm's, for the name of the tarball
  stdio: ['ignore', 2, 2],
});
for (const file of ['README.md', 'LICENSE']) copyFileSync(join(root, file), join(library, file));
