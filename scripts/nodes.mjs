/** The binaries of Node, which come from npm into a cache of node_modules. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

/** Where the binary of this major version is, installed if it was not. */
export function binaryOf(major) {
  const folder = `node_modules/.cache/matrix/node-${major}`;
  const binary = `${folder}/node_modules/node/bin/node`;
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    // what it is on this machine, its install script decides
    writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, allowScripts: { node: true } }));
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${major}`];
    if (spawnSync('npm', args, { stdio: 'inherit' }).status !== 0) {
      throw new Error(`Cannot install Node ${major} from npm.`);
    }
  }
  return binary;
}
