import { CASES_BEFORE, MANY_CONNECTIONS, MANY_TASKS, NEST_CASES, OLDER_CASES, PYTHON_CASES } from './cases.js';
import type { NestLayout } from './nest-layouts.js';
import type { Node } from './nodes.js';
import type { Python } from './python.js';
import type { Suite } from './suite.js';

/** One NestJS on one Node, with this library and, if it is compared with another commit, with that one's. */
export interface NestSetting {
  readonly node: Node;
  readonly layout: NestLayout;
  readonly before?: NestLayout | undefined;
  /** Whether it is the newest of both: all cases are measured there. */
  readonly isNewest: boolean;
}

const PLATFORMS = ['Express', 'Fastify'];
const FRAMEWORKS = ['Starlette', 'FastAPI'];

export function nestSuiteName(platform: string, major: number, node: string): string {
  return `${platform.toLowerCase()}-nest-${major}-node-${node}`;
}

/** One for each platform. */
export function nestSuites(setting: NestSetting): Suite[] {
  const { layout, node, before, isNewest } = setting;
  const cases = isNewest ? NEST_CASES : OLDER_CASES;
  return PLATFORMS.map((platform) => ({
    name: nestSuiteName(platform, layout.major, node.major),
    title: `${platform}, Nest ${layout.version}, Node ${node.version}`,
    cases: before === undefined ? cases : [...cases, ...CASES_BEFORE],
    command: ({ isBefore, application }) => {
      const program = ((isBefore === true && before) || layout).program('main.js');
      return [node.binary, program, platform.toLowerCase(), application];
    },
  }));
}

/** What becomes of the cost where there is much to do: on the cheaper platform, where it shows most. */
export function scaleSuites({ layout, node }: NestSetting): Suite[] {
  return [
    { name: 'many-tasks', title: 'Tasks of a request', cases: MANY_TASKS },
    { name: 'many-connections', title: 'Connections', cases: MANY_CONNECTIONS },
  ].map((suite) => ({
    ...suite,
    command: ({ application }) => [node.binary, layout.program('main.js'), 'fastify', application],
  }));
}

/** One for each framework. */
export function pythonSuites({ program }: Python): Suite[] {
  return FRAMEWORKS.map((framework) => ({
    name: framework.toLowerCase(),
    title: framework,
    cases: PYTHON_CASES,
    command: ({ application }) => [program, 'bench/python/server.py', framework.toLowerCase(), application],
  }));
}
