import { NEST_CASES, PYTHON_CASES } from './cases.js';
import type { NestLayout } from './nest-layouts.js';
import type { Python } from './python.js';
import type { Suite } from './suite.js';

const PLATFORMS = ['Express', 'Fastify'];
const FRAMEWORKS = ['Starlette', 'FastAPI'];

export function nestSuiteName(platform: string, major: number): string {
  return `${platform.toLowerCase()}-nest-${major}`;
}

export function isPythonSuite({ name }: { readonly name: string }): boolean {
  return FRAMEWORKS.some((framework) => name === framework.toLowerCase());
}

/** One for each platform. */
export function nestSuites({ major, version, program }: NestLayout): Suite[] {
  return PLATFORMS.map((platform) => ({
    name: nestSuiteName(platform, major),
    title: `${platform}, Nest ${version}`,
    cases: NEST_CASES,
    command: (key) => [process.execPath, program('main.js'), platform.toLowerCase(), key],
  }));
}

/** One for each framework. */
export function pythonSuites({ program }: Python): Suite[] {
  return FRAMEWORKS.map((framework) => ({
    name: framework.toLowerCase(),
    title: framework,
    cases: PYTHON_CASES,
    command: (key) => [program, 'bench/python/server.py', framework.toLowerCase(), key],
  }));
}
