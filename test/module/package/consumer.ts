import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Packed, workspace } from './packed.js';

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: false,
};

/** A package of its own that sees the installed library, what that needs, and of other packages only `platforms`. */
export async function prepareConsumer(
  packed: Packed,
  application: string,
  files: string[],
  platforms: string[],
): Promise<string> {
  const consumer = join(packed.directory, `consumer-${application}`);
  const modules = join(consumer, 'node_modules');
  await cp(packed.installed(application), join(modules, 'nestjs-background-tasks'), { recursive: true });
  const types = ['@types/node', '@types/express'].map((name) => [name, workspace] as const);
  const peers = ['@nestjs/common', '@nestjs/core', 'rxjs', 'reflect-metadata', 'p-retry', ...platforms];
  for (const [name, from] of [...types, ...peers.map((peer) => [peer, join(packed.directory, application)] as const)]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(from, 'node_modules', name), join(modules, name));
  }
  for (const file of files) await cp(join(workspace, 'test/module/package', file), join(consumer, file));
  await writeFile(join(consumer, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  return consumer;
}
