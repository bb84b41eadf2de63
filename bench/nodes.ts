import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A Node that programs are measured with. */
export interface Node {
  /** As in 24. */
  readonly major: string;
  /** As in 24.21.0. */
  readonly version: string;
  readonly binary: string;
}

interface Binaries {
  readonly binaryOf: (major: string) => string;
}

/** The newest first: it is the one that readers have, or will have. */
const MAJORS = ['24', '20'];

/** Their binaries come from npm, as those of the matrix of versions do. */
export async function findNodes(): Promise<Node[]> {
  // this program runs where it was compiled to, and the script stays where it is
  const { binaryOf } = (await import(pathToFileURL(resolve('scripts/nodes.mjs')).href)) as Binaries;
  return MAJORS.map((major) => {
    const binary = binaryOf(major);
    const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    return { major, version, binary };
  });
}
