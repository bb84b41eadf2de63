import { describe, expect, it } from '@jest/globals';
import { ForbiddenException, HttpException, NotFoundException, UnauthorizedException } from '@nestjs/common';
import { platforms, type Platform, request, type Running, start } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { ADMIN, ask, askFor } from './ask.js';
import { inspector, isAdmin, Office, type Told } from './scene.js';

/** What must not be in an answer to whoever may not see it. */
const SECRETS = /sendWelcome|recordAudit|signup|Office|Background|inspector|batch|<|\{|stack/i;

async function startWithTasks(platform: Platform, authorize: (request: never) => unknown): Promise<Running> {
  const imports = [inspector({ authorize: authorize as never })];
  const running = await start(platform, { controllers: [Office], imports });
  await request(running, '/signup', { method: 'POST' });
  await running.runner.idle();
  return running;
}

const ROUTES = ['', '/', '/app.js', '/app.css', '/icon.svg', '/batches', '/batches/ID/trace', '/events'];

/** Of one batch that is there, for whoever may ask. */
async function idOf(running: Running): Promise<string> {
  const { batches } = await askFor<Told>(running, '/inspector/batches');
  return batches[0]?.id ?? '';
}

const ofAnotherSite = (site: string) => ({ ...ADMIN, 'sec-fetch-site': site, origin: 'https://elsewhere.example' });

describe.each(platforms)('the inspector on $name', (platform) => {
  describe.each(ROUTES)('at "%s"', (route) => {
    it.each<[string, Record<string, string>]>([
      ['nobody', {}],
      ['a forged cookie', { cookie: 'admin=no' }],
      ['a forged cookie of the same site', { cookie: 'admin=yes; admin=no', 'sec-fetch-site': 'same-origin' }],
    ])('refuses %s, and says nothing', async (_, headers) => {
      const running = await startWithTasks(platform, isAdmin);
      const path = `/inspector${route.replace('ID', await idOf(running))}`;
      const { status, body } = await ask(running, path, { headers });
      expect(status).toBe(403);
      expect(body).toBe('Forbidden\n');
      expect(body).not.toMatch(SECRETS);
    });

    it('answers who may see it', async () => {
      const running = await startWithTasks(platform, isAdmin);
      const path = `/inspector${route.replace('ID', await idOf(running))}`;
      // of a stream there is nothing but the stream
      const method = route === '/events' ? 'HEAD' : 'GET';
      const expected = new Map([
        ['/', 302],
        ['/events', 405],
      ]);
      expect((await ask(running, path, { method })).status).toBe(expected.get(route) ?? 200);
      expect((await ask(running, path, { method: 'HEAD' })).body).toBe('');
    });

    it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('takes no %s', async (method) => {
      const running = await startWithTasks(platform, isAdmin);
      const { status, body } = await ask(running, `/inspector${route}`, { method });
      expect([404, 405]).toContain(status);
      expect(body).not.toMatch(/sendWelcome|recordAudit/);
    });
  });

  it.each(ROUTES.filter((route) => route.length > 1))('refuses another site at "%s"', async (route) => {
    const running = await startWithTasks(platform, isAdmin);
    const path = `/inspector${route.replace('ID', await idOf(running))}`;
    for (const site of ['cross-site', 'same-site', 'something new']) {
      const { status, body } = await ask(running, path, { headers: ofAnotherSite(site) });
      expect({ status, body }).toEqual({ status: 403, body: 'Forbidden\n' });
    }
  });

  it('lets another site link to its page, which has no data', async () => {
    const running = await startWithTasks(platform, isAdmin);
    const { status, body } = await ask(running, '/inspector', { headers: ofAnotherSite('cross-site') });
    expect(status).toBe(200);
    expect(body).not.toMatch(/sendWelcome|recordAudit|signup/);
  });

  it.each<[string, unknown]>([
    ['false', false],
    ['undefined', undefined],
    ['1', 1],
    ['a text', 'true'],
    ['an object', { allowed: true }],
    ['a promise of false', Promise.resolve(false)],
    ['a promise of a text', Promise.resolve('true')],
  ])('lets in for `true` alone, and not for %s', async (_, value) => {
    const running = await startWithTasks(platform, () => value);
    expect((await ask(running, '/inspector/batches')).status).toBe(403);
  });

  it('lets in for a promise of `true`', async () => {
    const running = await startWithTasks(platform, async () => Promise.resolve(true));
    expect((await ask(running, '/inspector/batches')).status).toBe(200);
  });

  it.each<[HttpException, number, string]>([
    [new UnauthorizedException('a secret'), 401, 'Unauthorized\n'],
    [new NotFoundException('a secret'), 404, 'Not Found\n'],
    [new ForbiddenException({ secret: 'a secret' }), 403, 'Forbidden\n'],
    [new HttpException('a secret', 200), 403, 'Forbidden\n'],
    [new HttpException('a secret', 302), 403, 'Forbidden\n'],
    [new HttpException('a secret', 1000), 403, 'Forbidden\n'],
  ])('answers with the status of %s, if it refuses, and nothing else', async (exception, status, body) => {
    const running = await startWithTasks(platform, () => {
      throw exception;
    });
    expect(await ask(running, '/inspector/batches')).toMatchObject({ status, body });
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['an error', new TypeError('the database at 10.0.0.1 is gone')],
    ['null', null],
    ['what cannot be looked at', new Proxy({}, new Proxy({}, { get: () => fail }))],
    ['an `HttpException` that cannot be looked at', new Proxy(new HttpException('a secret', 401), { get: fail })],
  ])('refuses where %s is thrown, logs one line, and answers nothing of it', async (_, thrown) => {
    const running = await startWithTasks(platform, async () => {
      await Promise.resolve();
      throw thrown;
    });
    expect(await ask(running, '/inspector/batches')).toMatchObject({ status: 403, body: 'Forbidden\n' });
    const lines = running.logger.ofTasks('error');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.message).toMatch(/^The inspector let nobody in, since its `authorize` threw: /);
  });

  it('answers nothing before `authorize` has', async () => {
    const answered = deferred<boolean>();
    const asked = deferred();
    const running = await startWithTasks(platform, async () => {
      asked.resolve();
      return answered.promise;
    });
    let isAnswered = false;
    const answer = ask(running, '/inspector/batches').finally(() => (isAnswered = true));
    await asked.promise;
    expect((await ask(running, '/nothing')).status).toBe(200);
    expect(isAnswered).toBe(false);
    answered.resolve(true);
    expect((await answer).status).toBe(200);
  });

  it('has headers of its own on every answer, whatever others have said', async () => {
    const running = await startWithTasks(platform, isAdmin);
    for (const headers of [ADMIN, {}]) {
      const answer = await ask(running, '/inspector', { headers });
      expect(answer.headers).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
          "form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store, no-transform',
        'cross-origin-resource-policy': 'same-origin',
      });
    }
  });
});

function fail(): never {
  throw new Error('looked at');
}
