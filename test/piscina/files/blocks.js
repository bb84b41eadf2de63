import { execFileSync } from 'node:child_process';

const program = `require('node:net').connect(process.argv[1]).resume()`;

/** Blocks its thread in a call that nothing can cut short, until the server at `port` ends the connection. */
export default function block({ port }) {
  execFileSync(process.execPath, ['-e', program, port]);
}
