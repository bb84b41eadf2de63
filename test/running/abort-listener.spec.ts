import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { request } from '../harness/application.js';
import { Program } from '../harness/program.js';

let program: Program;

beforeAll(async () => {
  program = await Program.compile('test/running/abort-listener/child.ts');
});

afterAll(async () => {
  await program.remove();
});

it('an abort listener that throws is an uncaught exception, as Node has it, and stops no task', async () => {
  const child = await program.start();
  await request(child, '/');
  await child.output.until('uncaught: the listener fails');
  await child.output.until('the next task');
  await child.terminate();
  expect(child.output.count('uncaught: the listener fails')).toBe(1);
});
