import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, request } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Child, Program } from '../harness/program.js';

// In a process of its own: nestjs-cls is CommonJS, and here it could not load the modules of Nest 12.

/** Where an application listens. */
interface At {
  readonly port: number;
}

const scopes = ['REQUEST', 'DEFAULT'];
const applications = platforms.flatMap(({ name }) =>
  ['middleware', 'guard', 'interceptor'].map((mount) => ({ name, mount, key: `${name} with ${mount}` })),
);

let program: Program;
/** The process of a scope: each platform and way to mount nestjs-cls has an application in it, by its port. */
interface Process {
  readonly child: Child;
  readonly ports: ReadonlyMap<string, number>;
}

const started = new Map<string, Process>();
const connections: Connection[] = [];

beforeAll(async () => {
  program = await Program.compile('test/calls/context/child.ts');
  for (const scope of scopes) started.set(scope, await start(scope));
});

afterEach(() => connections.splice(0).forEach((connection) => connection.hangUp()));

afterAll(async () => {
  await Promise.all(Array.from(started.values(), ({ child }) => child.terminate()));
  await program.remove();
});

async function start(scope: string): Promise<Process> {
  const child = await program.start(scope);
  const ports = applications.map(
    async ({ key }) => [key, Number(await child.output.first(`${key} listens on `))] as const,
  );
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

const cells = applications.flatMap((application) => scopes.map((scope) => ({ ...application, scope })));

describe.each(cells)('$name: a task sees what nestjs-cls ($mount) and OpenTelemetry keep', ({ key, scope }) => {
  let child: Child;
  let at: At;

  beforeAll(() => {
    const { child: one, ports } = started.get(scope) as Process;
    child = one;
    child.output.clear();
    at = { port: ports.get(key) ?? NaN };
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
