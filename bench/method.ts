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
      '`BENCH_ONLY`: what to measure, by parts of these names: `express-nest-12-node-24` and others made in the same ' +
        'way, `many-tasks`, `many-connections`, `batches`, `memory`, `starlette`, `fastapi`.',
      '`BENCH_CASES`: which cases of them, by parts of their titles, beside those that the others are compared with.',
      '`BENCH_AGAINST`: a commit of this repository; its library is measured in turns with this one.',
    ]),
  ];
}

function facts({ date, minutes, machine, nodes, settings }: Results): string[] {
  const { processor, cores, system } = machine;
  return [
    `It ran on ${date}, for ${Math.round(minutes)} minutes, on ${cores} cores of ${processor}, with ${system}, and ` +
      `Node ${nodes.join(' and ')}.`,
    `There are ${settings.rounds} rounds. In each, every case of a table answers ${settings.requests} requests, ` +
      'one case after the other, in an order that changes. What is written is the lower quartile of the rounds: noise ' +
      'only ever adds. Where the control is further than 0.08 from 1, the whole table is measured again.',
    `Each case is a process of its own, with the same flags, and is replaced every ${ROUNDS_PER_PROCESS} rounds: no two ` +
      `processes of the same program are equally fast. A new one first answers ${WARM_UP_REQUESTS} requests to every route ` +
      `of its application, and then ${WARM_UPS} × ${settings.requests} to the one that is measured: a process that has ` +
      'served a single route is faster than any real one.',
    `The load comes from another process, which never sleeps: ${CONNECTIONS} keep-alive connections with one request at ` +
      'a time. A server pays for waking up whoever reads what it writes, and would seem the dearer, the slower it is.',
    "CPU time is the server's `process.cpuUsage()`, user and system, garbage collection and compilation included.",
    'Every request has to be answered 200, and to lead to exactly as many calls of the task as its route adds.',
  ];
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}
