import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Program } from '../harness/program.js';

const PROCESS = 60_000;

let program: Program;

beforeAll(async () => {
  program = await Program.compile('test/opentelemetry/without-sdk/child.ts');
}, PROCESS);

afterAll(() => program.remove());

it(
  'without an SDK there is no span, and the interceptor is left out, which makes no object',
  async () => {
    const child = program.launch([]);
    expect(await child.ended).toEqual({ code: 0, signal: null });
    const lines = ['task anonymous: no span', 'enabled: false', 'to ask that makes nothing'];
    expect([child.output.events, child.errors]).toEqual([lines, []]);
  },
  PROCESS,
);
