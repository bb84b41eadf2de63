import type { Results } from './results.js';
import { CONNECTIONS, FULL_REQUESTS, FULL_ROUNDS, ROUNDS_PER_PROCESS, WARM_UP_REQUESTS, WARM_UPS } from './settings.js';

/** How the results came about, and how to get one's own. */
export function methodSection(results: Results): string[] {
  return [
    '## How it is measured',
    list(facts(results)),
    ...results.leftOut.map((line) => `Left out: ${line}`),
    '## Measure it yourself',
    '```sh\nnpm ci\nnpm run bench\n```',
    'Starlette and FastAPI take part where `python3` has `fastapi` and `uvicorn`; on Debian, ' +
      '`apt-get install python3-fastapi uvicorn python3-uvloop python3-httptools`. Any of these variables makes it a quick look, which leaves this ' +
      'page as it is and writes to `dist/bench`:',
    list([
      `\`BENCH_ROUNDS\`: rounds, ${FULL_ROUNDS} in a full run.`,
      `\`BENCH_REQUESTS\`: requests to each application in a round, ${FULL_REQUESTS} in a full run.`,
      '`BENCH_ONLY`: what to measure, by parts of these names: `express-nest-12`, `fastify-nest-12`, ' +
        '`express-nest-11`, `fastify-nest-11`, `starlette`, `fastapi`, `batches`.',
    ]),
  ];
}

function facts({ date, minutes, machine, settings }: Results): string[] {
  const { processor, cores, system, node } = machine;
  return [
    `It ran on ${date}, for ${Math.round(minutes)} minutes, on ${cores} cores of ${processor}, with ${system}, and ` +
      `Node ${node}.`,
    `There are ${settings.rounds} rounds. In each, every application of a table answers ${settings.requests} requests, ` +
      'one after the other, in an order that changes so that each follows each other one equally often.',
    `Each application is a process of its own, with the same flags, and is replaced every ${ROUNDS_PER_PROCESS} ` +
      'rounds: no two processes of the same program are equally fast. A new one answers ' +
      `${WARM_UPS} × ${WARM_UP_REQUESTS} requests, and one round, that do not count.`,
    `The load comes from another process: ${CONNECTIONS} keep-alive connections with one request at a time.`,
    "CPU time is the server's `process.cpuUsage()`, user and system, garbage collection and compilation included. It is " +
      'the figure to look at: requests a second depend on what else the machine has to do.',
    'Every request has to be answered 200, and to lead to exactly one call of the task where there is one.',
  ];
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}
