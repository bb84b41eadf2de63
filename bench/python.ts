import { spawnSync } from 'node:child_process';

/** A Python that has FastAPI and uvicorn. */
export interface Python {
  readonly program: string;
  /** The versions of everything that takes part. */
  readonly versions: string;
}

// the second is Debian's own, for which its packages are
const PROGRAMS = ['python3', '/usr/bin/python3'];

/** uvicorn takes the fast loop and parser where they are installed. */
const TELL_VERSIONS = `
import importlib.util, platform
import fastapi, starlette, uvicorn
found = lambda name: importlib.util.find_spec(name) is not None
loop = 'uvloop' if found('uvloop') else 'asyncio'
parser = 'httptools' if found('httptools') else 'h11'
print(f'Python {platform.python_version()}, Starlette {starlette.__version__}, FastAPI {fastapi.__version__}, '
      f'uvicorn {uvicorn.__version__} with {loop} and {parser}')
`;

/** The first Python here that has FastAPI and uvicorn, if there is one. */
export function findPython(): Python | undefined {
  for (const program of PROGRAMS) {
    const { status, stdout } = spawnSync(program, ['-c', TELL_VERSIONS], { encoding: 'utf8' });
    if (status === 0) return { program, versions: stdout.trim() };
  }
  return undefined;
}
