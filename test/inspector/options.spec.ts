import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { InspectorModule, type InspectorModuleOptions, onlyThisMachine } from 'nestjs-background-tasks/inspector';
import { express, platforms, start } from '../harness/application.js';
import { ask } from './ask.js';
import { inspector, isAdmin } from './scene.js';

const valid = { path: 'inspector', authorize: isAdmin };

const startWith = (options: unknown) =>
  start(express, { imports: [InspectorModule.forRoot(options as InspectorModuleOptions)] });

const NO_AUTHORIZE =
  'Expected `authorize` to be a function that says who may see the inspector, such as ' +
  '`(request) => request.user?.isAdmin === true`, got %. No guard of the application protects the inspector. While you ' +
  'develop, `onlyThisMachine` lets in what comes from this machine.';

const noAuthorize = (got: string): string => NO_AUTHORIZE.replace('%', got);
const noPath = (got: string): string =>
  `Expected \`path\` to be a path without parameters, such as \`inspector\` or \`admin/tasks\`, got ${got}.`;

describe('the application does not start', () => {
  it.each<[string, unknown, string]>([
    ['without `authorize`', { path: 'inspector' }, noAuthorize('`undefined` (undefined)')],
    ['with `authorize: true`', { ...valid, authorize: true }, noAuthorize('`true` (boolean)')],
    ['with `authorize: null`', { ...valid, authorize: null }, noAuthorize('`null` (null)')],
    ['without a path', { authorize: isAdmin }, noPath('`undefined` (undefined)')],
    ['with an empty path', { ...valid, path: '' }, noPath("`''` (string)")],
    ['with no more than a slash', { ...valid, path: '/' }, noPath("`'/'` (string)")],
    ['with a parameter', { ...valid, path: 'tasks/:id' }, noPath("`'tasks/:id'` (string)")],
    ['with a wildcard', { ...valid, path: 'tasks/*' }, noPath("`'tasks/*'` (string)")],
    ['with a step up', { ...valid, path: 'tasks/../admin' }, noPath("`'tasks/../admin'` (string)")],
    ['with an empty segment', { ...valid, path: 'tasks//admin' }, noPath("`'tasks//admin'` (string)")],
    ['with what is no text', { ...valid, path: ['a', 'b'] }, noPath("`[ 'a', 'b' ]` (object)")],
    ['with `keep: 0`', { ...valid, keep: 0 }, 'Expected `keep` to be a whole number above 0, got `0` (number).'],
    [
      'with `keep: Infinity`',
      { ...valid, keep: Infinity },
      'Expected `keep` to be a whole number above 0, got `Infinity` (number).',
    ],
    [
      'with `keepFailed: 1.5`',
      { ...valid, keepFailed: 1.5 },
      'Expected `keepFailed` to be a whole number above 0, got `1.5` (number).',
    ],
    ['with `redact: true`', { ...valid, redact: true }, 'Expected `redact` to be a function, got `true` (boolean).'],
    ['with an unknown option', { ...valid, authorise: isAdmin }, 'There is no `authorise`. Did you mean `authorize`?'],
    ['with no options', undefined, 'Expected `options` to be an object, got `undefined` (undefined).'],
  ])('%s', async (_, options, message) => {
    await expect(startWith(options)).rejects.toThrow(message);
  });

  it('without BackgroundTasksModule', async () => {
    const { Test } = await import('@nestjs/testing');
    const made = Test.createTestingModule({ imports: [InspectorModule.forRoot(valid)] }).compile();
    await expect(made).rejects.toThrow(
      new Error('Cannot start InspectorModule alone: import BackgroundTasksModule, too, in the root module.'),
    );
  });

  it('with wrong options from a factory', async () => {
    const imports = [InspectorModule.forRootAsync({ useFactory: () => ({ path: 'inspector' }) as never })];
    await expect(start(express, { imports })).rejects.toThrow('Expected `authorize` to be a function');
  });
});

@Injectable()
class Policy {
  readonly path = 'secret/inspector';
}

@Module({ providers: [Policy], exports: [Policy] })
class PolicyModule {}

describe.each(platforms)('the inspector on $name', (platform) => {
  it('takes its options from a factory', async () => {
    const options = InspectorModule.forRootAsync({
      imports: [PolicyModule],
      inject: [Policy],
      useFactory: async ({ path }: Policy) => Promise.resolve({ path, authorize: isAdmin }),
    });
    const running = await start(platform, { imports: [options] });
    expect((await ask(running, '/secret/inspector')).status).toBe(200);
    expect((await ask(running, '/secret/inspector', { headers: {} })).status).toBe(403);
  });

  it('can be there twice, each for its own', async () => {
    const imports = [BackgroundTasksModule, inspector(), inspector({ path: 'other', authorize: () => false })];
    const running = await start(platform, { imports });
    expect((await ask(running, '/inspector')).status).toBe(200);
    expect((await ask(running, '/other')).status).toBe(403);
  });

  it('lets in who is on this machine, and nobody by a proxy or by another name', async () => {
    const running = await start(platform, { imports: [inspector({ authorize: onlyThisMachine })] });
    const statusWith = async (headers: Record<string, string>): Promise<number> =>
      (await ask(running, '/inspector/batches', { headers })).status;
    const { port } = running;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'tasks.localhost', `[::1]:${port}`]) {
      expect(await statusWith({ host })).toBe(200);
    }
    for (const host of [
      'example.com',
      `example.com:${port}`,
      'localhost.example.com',
      '127.0.0.1.example.com',
      '0.0.0.0',
    ]) {
      expect(await statusWith({ host })).toBe(403);
    }
    for (const name of ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via', 'x-forwarded-host']) {
      expect(await statusWith({ [name]: '127.0.0.1' })).toBe(403);
    }
  });
});
