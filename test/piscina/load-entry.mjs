// loads an entry of the library, and prints which modules that took: `node load-entry.mjs [testing | piscina]`
import { register } from 'node:module';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

const { port1, port2 } = new MessageChannel();
register('./typescript-hooks.mjs', import.meta.url, { data: { port: port2 }, transferList: [port2] });

const folder = process.argv[2] ?? '.';
const entry = await import(new URL(`../../libs/background-tasks/src/${folder}/index.ts`, import.meta.url).href);
for (let got = receiveMessageOnPort(port1); got !== undefined; got = receiveMessageOnPort(port1)) {
  console.log(got.message);
}

if (process.argv[3] === 'and-run') {
  const numbers = new Int32Array(new SharedArrayBuffer(8));
  await new entry.WorkerTask(new URL('./files/counts.js', import.meta.url), numbers).run();
  console.log(`ran ${numbers[0]} time in thread ${numbers[1]}`);
}
