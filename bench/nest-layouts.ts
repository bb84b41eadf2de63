import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { OUTPUT } from './results.js';

const LIBRARY = 'libs/background-tasks';
const NEST_11 = 'compat/nest-11';

/** A directory with a built library. */
export interface BuiltLibrary {
  readonly name: string;
  readonly directory: string;
}

/** A directory in which the servers find one library, and one version of Nest. */
export interface NestLayout {
  readonly major: 11 | 12;
  /** As in 12.5.1. */
  readonly version: string;
  /** The path of one of the server programs. */
  readonly program: (name: string) => string;
}

/** Builds the library as it is published. */
export function buildLibrary(): BuiltLibrary {
  return build('library', '.');
}

/** Builds the library of another commit in the same way. */
export function buildLibraryOf(commit: string): BuiltLibrary {
  const tree = `${OUTPUT}/before`;
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  const archive = execFileSync('git', ['archive', commit, LIBRARY, 'tsconfig.json'], { maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x', '-C', tree], { input: archive });
  return build('library-before', tree);
}

/** Lays a built library out beside Nest 12. */
export function layOutNest12(library: BuiltLibrary): NestLayout {
  return layOut(library, 12, 'node_modules', []);
}

/** The same with Nest 11 and what it shares with the library, which is installed if it is not yet. */
export function layOutNest11(library: BuiltLibrary): NestLayout {
  if (!existsSync(`${NEST_11}/node_modules`)) {
    execFileSync('npm', ['--prefix', NEST_11, 'ci', '--no-audit', '--no-fund'], { stdio: 'inherit' });
  }
  return layOut(library, 11, `${NEST_11}/node_modules`, ['@nestjs', 'rxjs', 'reflect-metadata']);
}

function build(name: string, tree: string): BuiltLibrary {
  const directory = `${OUTPUT}/${name}`;
  const tsc = 'node_modules/typescript/bin/tsc';
  const args = [tsc, '-p', `${tree}/${LIBRARY}/tsconfig.lib.json`, '--outDir', `${directory}/dist`];
  rmSync(directory, { recursive: true, force: true });
  execFileSync(process.execPath, args, { stdio: 'inherit' });
  cpSync(`${tree}/${LIBRARY}/package.json`, `${directory}/package.json`);
  return { name, directory };
}

/** `links` names what is not to be taken from the workspace's own node_modules, where everything else is found. */
function layOut(library: BuiltLibrary, major: 11 | 12, modules: string, links: readonly string[]): NestLayout {
  const directory = `${OUTPUT}/nest-${major}-${library.name}`;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(`${directory}/node_modules`, { recursive: true });
  // copies: a program finds its modules from where it really is
  cpSync(library.directory, `${directory}/node_modules/nestjs-background-tasks`, { recursive: true });
  cpSync(`${OUTPUT}/program/server`, `${directory}/server`, { recursive: true });
  for (const link of links) symlinkSync(resolve(modules, link), `${directory}/node_modules/${link}`);
  const { version } = JSON.parse(readFileSync(`${modules}/@nestjs/core/package.json`, 'utf8')) as { version: string };
  return { major, version, program: (name) => `${directory}/server/${name}` };
}
