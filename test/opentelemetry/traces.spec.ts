import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Arbitrary, array, constant, constantFrom, oneof, record, sample } from 'fast-check';
import { platforms } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Child, Program } from '../harness/program.js';
import { type Asked, ENDINGS, traceOf, wrongIn } from './traces/judge.js';
import { Witness } from './traces/witness.js';

// In a process of its own: the instrumentation of HTTP patches what is required, and jest requires in its own way.

const PROCESS = 60_000;
const REQUESTS = 1_000;
const SEED = Number(process.env['TRACES_SEED'] ?? Date.now() % 1_000_000);
/** Connections at once. */
const AT_ONCE = 20;

/** How the requests of one connection end, sent at once, and whether their client leaves once the last one waits. */
interface Plan {
  readonly endings: readonly string[];
  readonly leaves: boolean;
}

const answered = Object.keys(ENDINGS).filter((ending) => ending !== 'waits');
const plans: Arbitrary<Plan> = oneof(
  record({
    endings: array(constantFrom(...answered), { minLength: 1, maxLength: 5 }),
    leaves: constant(false),
  }),
  array(constantFrom(...answered), { maxLength: 3 }).map((before) => ({ endings: [...before, 'waits'], leaves: true })),
);

let program: Program;

beforeAll(async () => {
  program = await Program.compile('test/opentelemetry/traces/child.ts');
}, PROCESS);

afterAll(() => program.remove());

describe.each(platforms)('the span of a task on $name, beside those of the HTTP instrumentation,', ({ name }) => {
  let child: Child;
  let witness: Witness;
  let lastId = 0;

  beforeAll(async () => {
    child = await program.start(name);
    witness = new Witness(child);
  }, PROCESS);

  afterAll(() => child.terminate());

  /** Asks as planned; resolves once the spans of all tasks have ended. */
  async function ask({ endings, leaves }: Plan): Promise<Asked[]> {
    const asked = endings.map((ending) => ({ id: ++lastId, ending, isLost: leaves && endings.length > 1 }));
    const connection = await Connection.open(child);
    connection.write(asked.map(requestFor).join(''));
    const last = String(asked.at(-1)?.id);
    if (leaves) {
      await witness.waits(last);
      connection.hangUp();
      child.tell(last);
    }
    await Promise.all(asked.map(({ id, ending }) => witness.hasRun(String(id), ENDINGS[ending]?.length ?? 0)));
    connection.hangUp();
    return asked;
  }

  it.each(answered)('is in the trace of its request, below the span in which it was added: %s', async (ending) => {
    const asked = await ask({ endings: [ending], leaves: false });
    expect(wrongIn(asked, witness)).toEqual([]);
  });

  it('is so where the client leaves, and on a pipelined connection, whose own span may never end', async () => {
    const left = await ask({ endings: ['waits'], leaves: true });
    const pipelined = await ask({ endings: answered, leaves: false });
    const both = await ask({ endings: ['late', 'nested', 'waits'], leaves: true });
    expect(wrongIn([...left, ...pipelined, ...both], witness)).toEqual([]);
  });

  it(
    `is so for ${REQUESTS} requests at random (seed ${SEED})`,
    async () => {
      const made = sample(plans, { seed: SEED, numRuns: REQUESTS });
      const asked: Asked[] = [];
      const askSome = async (): Promise<void> => {
        for (let plan = made.pop(); plan !== undefined && asked.length < REQUESTS; plan = made.pop()) {
          asked.push(...(await ask(plan)));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, askSome));
      expect(asked.length).toBeGreaterThanOrEqual(REQUESTS);
      expect(wrongIn(asked, witness)).toEqual([]);
    },
    PROCESS,
  );
});

/** From a client that has begun a trace. */
function requestFor({ id, ending }: Asked): string {
  const headers = ['Host: test', `traceparent: 00-${traceOf(id)}-${'1'.padStart(16, '0')}-01`];
  return [`GET /${ending}/${id} HTTP/1.1`, ...headers, '', ''].join('\r\n');
}
