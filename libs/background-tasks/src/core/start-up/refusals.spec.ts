import { describe, expect, it, jest } from '@jest/globals';
import { Inject, Injectable, Scope, type Type } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { modulesOf } from '../../../../../test/harness/modules.js';
import type { Dependant } from '../nest/dependants.js';

/** As with this NestJS. */
async function loadWith(major: 11 | 12): Promise<typeof import('./refusals.js')> {
  jest.resetModules();
  jest.unstable_mockModule('../nest/version.js', () => ({ isNest12OrLater: major === 12 }));
  return import('./refusals.js');
}

// NestJS 11 refuses more
jest.unstable_mockModule('../nest/version.js', () => ({ isNest12OrLater: false }));
const { refuseLosses } = await import('./refusals.js');
const { BackgroundTasks } = await import('../tasks/background-tasks.js');

// each brings a Nest of its own: too slow to be done in every test
const refusalsOf = { 11: await loadWith(11), 12: await loadWith(12) };

class Gateway {}
class Other {}

const dependant = (token: unknown, metatype: unknown, isDurable = false): Dependant => ({
  token,
  metatype,
  name: 'Mailer',
  isDurable,
});

const gateways: Array<[string, Dependant]> = [
  ['its class', dependant(Gateway, Gateway)],
  ['another token', dependant('gateway', Gateway)],
  ['its class, made by a factory', dependant(Gateway, () => new Gateway())],
];

describe.each([11, 12] as const)('with NestJS %d', (major) => {
  it('a durable provider that depends on tasks is refused', () => {
    const { refuseDurableProviders } = refusalsOf[major];
    expect(() => refuseDurableProviders([dependant('it', Other), dependant('mailer', Other, true)])).toThrow(
      new Error(
        'Cannot inject BackgroundTasks into `Mailer`: it is durable, so it would keep the tasks of the first request ' +
          'and give them those of all later ones. Take `tasks: BackgroundTasks` as a parameter of the handler and ' +
          'pass it on, or make `Mailer` request-scoped without `durable`.',
      ),
    );
  });

  it('others that depend on tasks are not', () => {
    const { refuseDurableProviders, refuseScopedGateways } = refusalsOf[major];
    expect(() => refuseDurableProviders([dependant('it', Gateway)])).not.toThrow();
    expect(() => refuseScopedGateways([Gateway], [dependant('it', Other)])).not.toThrow();
    expect(() => refuseScopedGateways([], [dependant(Gateway, Gateway)])).not.toThrow();
  });
});

describe('a gateway that depends on tasks', () => {
  it.each(gateways)('is refused with NestJS 11, provided as %s', (_, gateway) => {
    const { refuseScopedGateways } = refusalsOf[11];
    expect(() => refuseScopedGateways([Other, Gateway], [gateway])).toThrow(
      new Error(
        'Cannot inject BackgroundTasks into `Gateway`: gateways of Nest 11 cannot be request-scoped. Take ' +
          '`tasks: BackgroundTasks` as a parameter of the handler, or import the module with `scope: Scope.DEFAULT`.',
      ),
    );
  });

  it.each(gateways)('is welcome with NestJS 12, provided as %s', (_, gateway) => {
    const { refuseScopedGateways } = refusalsOf[12];
    expect(() => refuseScopedGateways([Other, Gateway], [gateway])).not.toThrow();
  });
});

describe('a global guard that Nest has bound and not made', () => {
  const { refuseUnmadeEnhancers } = refusalsOf[11];
  const unmade = (names: string[]) => [{ token: 'APP_GUARD (UUID: 1)', kind: 'APP_GUARD', names }];

  it.each<[string[], string]>([
    [['Deny'], 'APP_GUARD (`Deny`)'],
    [['One', 'Two'], 'APP_GUARD (`One`, `Two`)'],
    [[], 'APP_GUARD'],
  ])('is refused where it depends on tasks, and named: %j', (names, what) => {
    expect(() => refuseUnmadeEnhancers(unmade(names), [dependant('APP_GUARD (UUID: 1)', Other)])).toThrow(
      new Error(
        `Cannot inject BackgroundTasks into what is provided as ${what}: they are request-scoped and it is not, so this ` +
          'NestJS would leave it out, or run it without them. Provide it by `useClass` or `useFactory` and with ' +
          '`scope: Scope.REQUEST`, or import the module with `scope: Scope.DEFAULT`.',
      ),
    );
  });

  it('is not refused for something else', () => {
    expect(() => refuseUnmadeEnhancers(unmade([]), [dependant('APP_GUARD (UUID: 2)', Other)])).not.toThrow();
    expect(() => refuseUnmadeEnhancers([], [dependant('APP_GUARD (UUID: 1)', Other)])).not.toThrow();
  });
});

describe('what would lose request-scoped tasks', () => {
  @Injectable({ scope: Scope.REQUEST, durable: true })
  class Durable {
    constructor(@Inject(BackgroundTasks) readonly tasks: object) {}
  }

  @WebSocketGateway()
  class ScopedGateway {
    constructor(@Inject(BackgroundTasks) readonly tasks: object) {}
  }

  const modulesWith = (...providers: Type[]) =>
    modulesOf({ providers: [{ provide: BackgroundTasks, useFactory: () => new BackgroundTasks() }, ...providers] });

  it.each([
    ['Durable', Durable],
    ['ScopedGateway', ScopedGateway],
  ])('is refused among all modules: %s', async (name, refused) => {
    const modules = await modulesWith(refused);
    expect(() => refuseLosses(modules)).toThrow(`Cannot inject BackgroundTasks into \`${name}\``);
  });

  it('is nothing in an application without it', async () => {
    const modules = await modulesWith();
    expect(() => refuseLosses(modules)).not.toThrow();
  });
});
