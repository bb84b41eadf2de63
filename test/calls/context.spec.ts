import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, request } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Child, Program } from '../harness/program.js';

// In a process of its own: nestjs-cls is CommonJS, and here it could not load the modules of Nest 12.

/** Where an application listens. */
interface At {
  readonly port: number;
}

const mounts = ['middleware', 'guard', 'interceptor'];

let program: Program;
/** The process of a platform and a scope, in which each way to mount nestjs-cls has an application, by its port. */
interface Applications {
  readonly child: Child;
  readonly ports: ReadonlyMap<string, number>;
}

const started = new Map<string, Applications>();
const connections: Connection[] = [];

beforeAll(async () => {
  program = await Program.compile('test/calls/context/child.ts');
});

afterEach(() => connections.splice(0).forEach((connection) => connection.hangUp()));

afterAll(async () => {
  await Promise.all(Array.from(started.values(), ({ child }) => child.terminate()));
  await program.remove();
});

async function applicationsOf(platform: string, scope: string): Promise<Applications> {
  const name = `${platform} ${scope}`;
  const applications = started.get(name) ?? (await start(platform, scope));
  started.set(name, applications);
  return applications;
}

async function start(platform: string, scope: string): Promise<Applications> {
  const child = await program.start(platform, scope);
  const ports = mounts.map(async (mount) => [mount, Number(await child.output.first(`${mount} listens on `))] as const);
  return { child, ports: new Map(await Promise.all(ports)) };
}

async function connect(at: At): Promise<Connection> {
  const connection = await Connection.open(at);
  connections.push(connection);
  return connection;
}

/** All that a request and its tasks see is its own id. */
const seenBy = (id: number): string[] =>
  ['handler', 'task', 'later', 'late'].map((where) => `${where} ${id}: cls ${id}, trace ${id}`);

async function seen(child: Child, id: number): Promise<string[]> {
  await child.output.until(`late ${id}: cls ${id}, trace ${id}`);
  return child.output.events.filter((event) => event.includes(` ${id}: `));
}

const cells = platforms.flatMap(({ name }) =>
  mounts.flatMap((mount) => ['REQUEST', 'DEFAULT'].map((scope) => ({ name, mount, scope }))),
);

describe.each(cells)('$name: a task sees what nestjs-cls ($mount) and OpenTelemetry keep', ({ name, mount, scope }) => {
  let child: Child;
  let at: At;

  beforeAll(async () => {
    const applications = await applicationsOf(name, scope);
    ({ child } = applications);
    child.output.clear();
    at = { port: applications.ports.get(mount) ?? NaN };
  });

  it(`for its request, with Scope.${scope}`, async () => {
    expect((await request(at, '/1')).body).toBe('answer to 1');
    expect(await seen(child, 1)).toEqual(seenBy(1));
  });

  it(`for pipelined requests, with Scope.${scope}`, async () => {
    const connection = await connect(at);
    connection.send('/11?waits', '/12', '/13?waits', '/14');
    await child.output.until('13 waits');
    child.tell('13');
    child.tell('11');
    for (const id of [11, 12, 13, 14]) expect(await seen(child, id)).toEqual(seenBy(id));
  });

  it(`for requests whose client has hung up, with Scope.${scope}`, async () => {
    const connection = await connect(at);
    connection.send('/21?waits', '/22?waits');
    await child.output.until('22 waits');
    connection.hangUp();
    await request(at, '/23');
    child.tell('22');
    child.tell('21');
    for (const id of [21, 22, 23]) expect(await seen(child, id)).toEqual(seenBy(id));
  });
});
