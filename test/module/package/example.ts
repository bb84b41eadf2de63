import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Timeline } from '../../harness/timeline.js';
import { workspace } from './packed.js';

/** The first block of code in its section. */
export async function completeExample(): Promise<string> {
  const readme = await readFile(join(workspace, 'README.md'), 'utf8');
  const [, example] = /^## A complete example\n+```ts\n(.*?)^```$/ms.exec(readme) ?? [];
  if (example === undefined) throw new Error('There is no complete example in README.md.');
  return example;
}

/** Sends the example a request, and SIGTERM while its task runs: `preloaded` has that task wait for a message after it. */
export async function answerAndTerminate(folder: string, preloaded: string) {
  const { example, output, closed } = startExample(folder, preloaded);
  const port = await Promise.race([output.first('port '), closed.then(() => output.events.join('\n'))]);
  const response = await signUp(port);
  const before = output.events.length;
  example.kill('SIGTERM');
  // one that has ended hears of it no more, and says so
  example.send('go on', () => undefined);
  const [, signal] = await closed;
  return { response, printed: output.events.slice(before), signal };
}

function startExample(folder: string, preloaded: string) {
  const env = { ...process.env, PORT: '0', NO_COLOR: '1' };
  const example = spawn(process.execPath, ['--require', preloaded, 'dist/main.js'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = new Timeline();
  const streams = [
    [example.stdout, ''],
    [example.stderr, 'error '],
  ] as const;
  for (const [input, prefix] of streams) {
    if (input !== null) createInterface({ input }).on('line', (line) => output.mark(`${prefix}${line}`));
  }
  const closed = once(example, 'close') as Promise<[code: number | null, signal: string | null]>;
  return { example, output, closed };
}

async function signUp(port: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: '{"email":"ada@example.org"}',
  });
  return `${answer.status} ${await answer.text()}`;
}
