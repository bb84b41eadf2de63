import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe } from '@jest/globals';

const workspace = fileURLToPath(new URL('../../', import.meta.url));

/** A folder that asks for a NestJS: the workspace, or one that has another version of it. */
export interface NestFolder {
  readonly name: string;
  /** Where its packages are, if they are installed. */
  readonly packages: string;
}

/** All of them, wherever the NestJS of this run comes from. */
export const nestFolders: readonly NestFolder[] = [
  { name: 'the workspace', packages: `${workspace}node_modules/` },
  ...readdirSync(`${workspace}compat`).map((folder) => ({
    name: `compat/${folder}`,
    packages: `${workspace}compat/${folder}/node_modules/`,
  })),
];

export function isInstalled({ packages }: NestFolder): boolean {
  return existsSync(`${packages}@nestjs/common`);
}

/** `describe`, or, where that NestJS is not installed, `describe.skip`, which says why. */
export function describeWith(folder: NestFolder): typeof describe | typeof describe.skip {
  if (isInstalled(folder)) return describe;
  console.warn(`Skipped, since it is not installed here (npm --prefix ${folder.name} ci): NestJS of ${folder.name}`);
  return describe.skip;
}

/** Prints what each file exports, in one object: values only, as JSON has them. */
const PRINT = `
  const [reflect, ...files] = process.argv.slice(1);
  await import(reflect);
  const all = await Promise.all(files.map((file) => import(file)));
  console.log(JSON.stringify(all.map((exported) => ({ ...exported.default, ...exported }))));
`;

/**
 * What each of `files` exports, by its path under node_modules.
 *
 * A Node of its own reads them, whatever the packages say they export: under jest, the packages that they
 * import would be those of this run.
 */
export async function exportsOf({ packages }: NestFolder, files: string[]): Promise<Array<Record<string, unknown>>> {
  const paths = ['reflect-metadata/Reflect.js', ...files].map((file) => `${packages}${file}`);
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PRINT, ...paths]);
  return JSON.parse(stdout) as Array<Record<string, unknown>>;
}
