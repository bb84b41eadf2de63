import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { nest } from '../../../../../test/harness/nest.js';
import { providedAs, unmadeGlobalEnhancers } from './provided.js';

class Mailer {}

@Module({ providers: [Mailer, { provide: 'mailer', useClass: Mailer }, { provide: 'other', useValue: 1 }] })
class MailModule {}

const make = (): Mailer => new Mailer();

describe('what is provided', () => {
  it('is found by its token and by its class, in each module', async () => {
    const modules = await modulesOf({ imports: [MailModule], providers: [{ provide: Mailer, useFactory: make }] });
    const found = providedAs(Mailer, modules).map(({ token, metatype, module }) => ({ token, metatype, module }));
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        { token: Mailer, metatype: Mailer, module: 'MailModule' },
        { token: 'mailer', metatype: Mailer, module: 'MailModule' },
        { token: Mailer, metatype: make, module: 'RootTestModule' },
      ]),
    );
  });

  it('has its instance, and no class where it is a value', async () => {
    const mailer = new Mailer();
    const [found] = providedAs(Mailer, await modulesOf({ providers: [{ provide: Mailer, useValue: mailer }] }));
    expect(found?.metatype).toBeNull();
    expect(found?.instance).toBe(mailer);
  });
});

@Injectable({ scope: Scope.REQUEST })
class Scoped {}

@Injectable()
class Deny {
  constructor(@Inject(Scoped) readonly scoped: Scoped) {}
  canActivate(): boolean {
    return false;
  }
}

class Allow {
  canActivate(): boolean {
    return true;
  }
}

describe('global enhancers that Nest has bound and not made', () => {
  const unmade = async (...providers: object[]) => {
    const modules = await modulesOf({ providers: [Scoped, Deny, Allow, ...(providers as [])] });
    return unmadeGlobalEnhancers(modules).map(({ kind, names }) => ({ kind, names }));
  };

  it('are none where Nest makes them', async () => {
    expect(await unmade()).toEqual([]);
    expect(
      await unmade(
        { provide: APP_GUARD, useClass: Allow },
        { provide: APP_GUARD, useExisting: Allow },
        { provide: APP_GUARD, useClass: Deny, scope: Scope.REQUEST },
      ),
    ).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['by its class', { useClass: Deny }, 'Deny'],
    ['by another name', { useExisting: Deny }, 'Deny'],
    ['by a factory', { useFactory: (scoped: Scoped) => new Deny(scoped), inject: [Scoped] }, 'Scoped'],
  ])('are named where Nest passes over them, or else Nest does not start: %s', async (_, how, name) => {
    const outcome = await unmade({ provide: APP_GUARD, ...how }).catch(String);
    // where Nest refuses it, that is all there is
    const refused = typeof outcome === 'string' && outcome.includes(APP_GUARD);
    expect({ refused, outcome }).toEqual({
      refused: nest.refusesUnmade,
      outcome: refused ? outcome : [{ kind: 'APP_GUARD', names: [name] }],
    });
  });
});
