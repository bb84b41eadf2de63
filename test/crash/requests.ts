import { Agent } from 'node:http';
import { request } from '../harness/application.js';
import type { Member } from './crew.js';

/** Has `web` add a batch; resolves to the status once the client has the whole answer. Of the second step, `second` says what it does. */
export async function add(web: Member, name: string, second = '', agent: Agent | false = false): Promise<number> {
  const query = new URLSearchParams({ name, second }).toString();
  return (await request(web, `/handler?${query}`, { agent })).status;
}

/** The same, but `web` does not hear that its answer has arrived, before it is told 'hear'. */
export async function addUnheard(web: Member, name: string): Promise<number> {
  // a connection that closes would tell, too
  const agent = new Agent({ keepAlive: true });
  const query = new URLSearchParams({ name, unheard: 'yes' }).toString();
  return (await request(web, `/handler?${query}`, { agent })).status;
}

/** Adds batches until one is stored; resolves to which that was, and to those whose client was told otherwise. */
export async function addUntilStored(web: Member): Promise<{ readonly stored: string; readonly refused: string[] }> {
  const refused: string[] = [];
  for (;;) {
    const name = `another of ${web.by}, ${refused.length}`;
    const status = await add(web, name);
    if (status === 200) return { stored: name, refused };
    if (status !== 503) throw new Error(`It has answered ${status}.`);
    refused.push(name);
  }
}
