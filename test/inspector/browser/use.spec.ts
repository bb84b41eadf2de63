import { isDeepStrictEqual } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, it } from '@jest/globals';
import helmet from 'helmet';
import type { Page } from 'playwright-core';
import { express, type Running, start } from '../../harness/application.js';
import { TcpProxy } from '../../harness/tcp-proxy.js';
import { whereThereIs } from '../../harness/where-there-is.js';
import { EventStream } from '../ask.js';
import { inspector, isAdmin, Office, type SceneRequest } from '../scene.js';
import { request, settings, Slow, startIn } from './application.js';
import { noBrowser, open, withBrowser } from './browser.js';

const [setting] = settings;
if (setting === undefined) throw new Error('There is no setting.');

const startApplication = (): Promise<Running> => startIn(express, setting);
const does = (running: Running, path: string, method = 'POST'): Promise<void> =>
  request(running, setting, path, method);
const lines = (page: Page) => page.getByRole('region', { name: 'Latest' }).getByRole('button');
const names = async (page: Page): Promise<string[]> => page.locator('.route').allInnerTexts();

/** Timers of the page run when a test says so, from then on. */
async function stopTime(page: Page): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 10_000);
}

/** Asks again and again: each time is a way to the browser and back. */
async function expectEventually<T>(look: () => Promise<T>, expected: T): Promise<void> {
  let seen = await look();
  while (!isDeepStrictEqual(seen, expected)) seen = await look();
  expect(seen).toEqual(expected);
}

whereThereIs(noBrowser, 'the page of the inspector', () => {
  withBrowser();

  it('finds by task, route and handler, shows failures or what runs, and keeps that in its address', async () => {
    const running = await startApplication();
    await does(running, '/signup');
    await does(running, '/reports/7');
    const { page } = await open(running, '/inspector');
    await lines(page).nth(1).waitFor();
    for (const [sought, found] of [
      ['SENDWELCOME', 'POST /signup'],
      ['reports/', 'POST /reports/:id'],
      ['Office.sign', 'POST /signup'],
    ] as const) {
      await page.getByRole('searchbox', { name: 'Find' }).fill(sought);
      await expectEventually(async () => [...new Set(await names(page))], [found]);
    }
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('Nothing here is like that.').waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByRole('combobox', { name: 'Show' }).selectOption('failures');
    await expectEventually(() => names(page), ['POST /reports/:id']);
    expect(page.url()).toMatch(/\/inspector\?show=failures$/);
    await page.reload();
    await expectEventually(() => names(page), ['POST /reports/:id']);
    await page.getByRole('combobox').selectOption('running');
    await page.getByText('Nothing here is like that.').waitFor();
  });

  it('can be used with a keyboard alone', async () => {
    const running = await startApplication();
    for (const path of ['/signup', '/reports/7']) await does(running, path);
    const { page } = await open(running, '/inspector');
    await lines(page).nth(1).waitFor();
    const reached: string[] = [];
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.querySelector(".route")?.innerText ?? document.activeElement.tagName');
    for (let press = 0; press < 5; press++) {
      await page.keyboard.press('Tab');
      reached.push(await focused());
    }
    expect(reached).toEqual(['INPUT', 'SELECT', 'BUTTON', 'POST /reports/:id', 'POST /reports/:id']);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('POST /signup');
    await page.keyboard.press('Enter');
    await page.getByRole('table', { name: 'Steps of POST /signup' }).waitFor();
    expect(await page.getByRole('button', { expanded: true }).count()).toBe(1);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.innerText')).toBe('Download trace');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    await page.getByRole('table').waitFor({ state: 'detached' });
  });

  it.each(['light', 'dark'] as const)('has no fault that axe finds, in %s, whole and narrow', async (colorScheme) => {
    const running = await startApplication();
    for (const path of ['/signup', '/reports/7', '/flaky']) await does(running, path);
    const { page, console } = await open(running, '/inspector', { colorScheme, reducedMotion: 'reduce' });
    await lines(page).nth(2).waitFor();
    for (const one of await page.locator('.line').all()) await one.click();
    await page.mouse.move(0, 0);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 3000 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    expect(console).toEqual([]);
  });

  it('works under helmet', async () => {
    const imports = [inspector()];
    const running = await start(express, { controllers: [Office], imports }, (app) => {
      app.use(helmet());
    });
    const { page, console } = await open(running, '/inspector');
    await does(running, '/signup');
    await lines(page).filter({ hasText: '2 of 2 done' }).waitFor();
    expect(console).toEqual([]);
  });

  it('shows names and errors as the text that they are', async () => {
    const running = await startApplication();
    await does(running, '/markup', 'GET');
    const { page, console } = await open(running, '/inspector');
    await lines(page).first().click();
    await page.getByText('<script>document.title = 2</script><img').waitFor();
    expect(await page.getByRole('rowheader').last().innerText()).toMatch(/^<img src="\/x" onerror=.*<\/b>$/);
    expect(await page.locator('img, b, script:not([src])').count()).toBe(0);
    expect(await page.title()).toBe('(1 failed) Background tasks');
    expect(console).toEqual([]);
  });

  it('draws what goes on as long as it does', async () => {
    const running = await startApplication();
    const { page } = await open(running, '/inspector');
    await page.getByText(/Live$/).waitFor();
    const { release } = running.app.get(Slow);
    const done = does(running, '/slow');
    await lines(page).filter({ hasText: 'reindex runs' }).click();
    await page.getByText('of work so far').waitFor();
    const first = await page.locator('.sentence strong').last().innerText();
    await expectEventually(async () => (await page.locator('.sentence strong').last().innerText()) !== first, true);
    release.resolve();
    await done;
    await lines(page).filter({ hasText: '2 of 2 done' }).waitFor();
  });

  it('stands still when paused, and tells all when it goes on', async () => {
    const running = await startApplication();
    const { page } = await open(running, '/inspector');
    await page.getByText(/Live$/).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText(/Paused$/).waitFor();
    expect(page.url()).toMatch(/\?paused$/);
    const stream = await EventStream.open(running, '/inspector/events');
    await does(running, '/signup');
    await stream.next('change');
    expect(await lines(page).count()).toBe(0);
    await page.getByRole('button', { name: 'Pause', pressed: true }).click();
    await lines(page).filter({ hasText: '2 of 2 done' }).waitFor();
  });

  it('moves no line away from under the pointer', async () => {
    const running = await startApplication();
    await does(running, '/signup');
    const { page } = await open(running, '/inspector');
    await lines(page).first().waitFor();
    await stopTime(page);
    await lines(page).first().hover();
    const before = await lines(page).first().boundingBox();
    await does(running, '/reports/7');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await lines(page).first().boundingBox()).toEqual(before);
    expect(await names(page)).toEqual(['POST /signup']);
    await page.mouse.move(5, 5);
    await expectEventually(() => names(page), ['POST /reports/:id', 'POST /reports/:id', 'POST /signup']);
  });

  it('shows what is new to whoever only watches, wherever the pointer is', async () => {
    const running = await startApplication();
    await does(running, '/signup');
    const { page } = await open(running, '/inspector');
    await lines(page).first().waitFor();
    await stopTime(page);
    await lines(page).first().hover();
    await does(running, '/signup');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    await page.clock.runFor(3_900);
    expect(await lines(page).count()).toBe(1);
    await page.clock.runFor(200);
    await expectEventually(() => lines(page).count(), 2);
  });

  it('draws the line that is new, and no other', async () => {
    const running = await startApplication();
    for (let count = 0; count < 50; count++) await running.runner.scope((tasks) => tasks.addTask(() => undefined));
    await running.runner.idle();
    const { page } = await open(running, '/inspector');
    await lines(page).nth(49).waitFor();
    await page.evaluate(`
      drawn = [];
      new MutationObserver((all) => all.forEach(({ target, addedNodes }) => drawn.push(target, ...addedNodes)))
        .observe(document.querySelector('main'), { childList: true, subtree: true, attributes: true, characterData: true });
    `);
    await does(running, '/signup');
    await lines(page).filter({ hasText: '2 of 2 done' }).waitFor();
    const texts = await page.evaluate(
      'drawn.map((node) => (node.closest ? node : node.parentElement)?.closest(".batch")?.innerText)',
    );
    const others = (texts as Array<string | undefined>).filter((text) => text?.includes('scope') === true);
    expect(others).toEqual([]);
    expect(texts).not.toEqual([]);
  });

  it('says what it kept, and what it let go', async () => {
    const running = await start(express, { controllers: [Office], imports: [inspector({ keep: 2 })] });
    for (let count = 0; count < 3; count++) await does(running, '/signup');
    const { page } = await open(running, '/inspector');
    await page.getByText('2 kept; 1 older ones were let go.').waitFor();
    expect(await lines(page).count()).toBe(2);
  });

  it('says so where ten others are looking, and shows how it is', async () => {
    const running = await startApplication();
    await does(running, '/signup');
    await Promise.all(Array.from({ length: 10 }, () => EventStream.open(running, '/inspector/events')));
    const { page } = await open(running, '/inspector');
    await page.getByText('Not live: ten others are looking').waitFor();
    expect(await lines(page).count()).toBe(1);
  });

  it('says so where one may no longer look', async () => {
    let may = true;
    const authorize = (asked: SceneRequest): boolean => may && isAdmin(asked);
    const running = await start(express, { controllers: [Office], imports: [inspector({ authorize })] });
    const { page } = await open(running, '/inspector');
    await page.getByText(/Live$/).waitFor();
    may = false;
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('No longer allowed to look').waitFor();
    expect(await page.getByText(/Live$/).count()).toBe(0);
  });

  it('takes nobody the place while its tab is hidden, and goes on when it is seen again', async () => {
    const running = await startApplication();
    const { page } = await open(running, '/inspector');
    await page.getByText(/Live$/).waitFor();
    const look = (): Promise<EventStream> => EventStream.open(running, '/inspector/events');
    await Promise.all(Array.from({ length: 9 }, look));
    expect((await look()).status).toBe(503);
    const turn = (isHidden: boolean): Promise<unknown> =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`);
    await turn(true);
    let place = await look();
    while (place.status !== 200) place = await look();
    await does(running, '/signup');
    place.hangUp();
    await turn(false);
    await lines(page).filter({ hasText: '2 of 2 done' }).waitFor();
    expect(await names(page)).toEqual(['POST /signup']);
  });

  it('comes again by itself when the connection was lost, with what it has missed', async () => {
    const running = await startApplication();
    const proxy = await TcpProxy.before({ host: '127.0.0.1', port: running.port });
    const { page } = await open(proxy, '/inspector');
    await page.getByText(/Live$/).waitFor();
    proxy.cut();
    await page.getByText(/Reconnecting$/).waitFor();
    await does(running, '/signup');
    proxy.pass();
    await page.getByText(/Live$/).waitFor();
    await lines(page).filter({ hasText: '2 of 2 done' }).waitFor();
    expect(await names(page)).toEqual(['POST /signup']);
    await proxy.close();
  });
});
