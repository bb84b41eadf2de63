import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { Page } from 'playwright-core';
import { noBrowser, openPage, type Opened, withBrowser } from '../../../test/harness/browser.js';
import { whereThereIs } from '../../../test/harness/where-there-is.js';
import { HeldOutbox } from './outbox.js';
import { startSample } from './start-sample.js';

whereThereIs(noBrowser, 'The page that shows who waits for what', () => {
  withBrowser();
  let app: INestApplication<Server>;
  let outbox: HeldOutbox;

  beforeEach(async () => {
    outbox = new HeldOutbox();
    app = await startSample(outbox);
  });

  afterEach(() => app.close());

  function open(options: Parameters<typeof openPage>[2] = {}): Promise<Opened> {
    const { port } = app.getHttpServer().address() as AddressInfo;
    return openPage({ port }, '/', options);
  }

  const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click();

  it('says how long the client waited, and shows the work while it goes on, and how it ended', async () => {
    const { page, console, hosts } = await open();
    await press(page, 'Sign up');
    await page.getByText(/^You waited [\d,]+ ms\. After that, [\d,]+ ms so far\.$/).waitFor();
    const items = page.getByRole('listitem');
    await items.filter({ hasText: "tasks.addTask(this.mailer, 'sendWelcome', dto.email);" }).waitFor();
    await items.filter({ hasText: '… waits' }).waitFor();
    outbox.release();
    await page
      .getByRole('status')
      .filter({ hasText: /^You waited [\d,]+ ms\. After that, [\d,]+ ms of work\.$/ })
      .waitFor();
    expect(await items.filter({ hasText: '✓ ran' }).count()).toBe(2);
    expect([console, hosts.size]).toEqual([[], 1]);
  });

  it('shows what failed, why, and what was skipped', async () => {
    const { page } = await open();
    await press(page, 'Order a report');
    await page.getByText('✕ failed after').filter({ hasText: 'the archive is full' }).waitFor();
    expect(await page.getByText('⊘ skipped: a task before it failed').count()).toBe(1);
  });

  it('shows that the work of a client which hangs up is done', async () => {
    outbox.release();
    const { page } = await open();
    await press(page, 'Hang up');
    await page
      .getByRole('status')
      .filter({ hasText: /^You hung up after 100 ms\. The handler ended all the same/ })
      .waitFor();
    expect(outbox.mails).toMatchObject([{ subject: 'Your export', text: 'You did not wait for it. Here it is.' }]);
  });

  it.each(['light', 'dark'] as const)(
    'has nothing that is hard to use, in %s, on a narrow screen',
    async (colorScheme) => {
      outbox.release();
      const { page } = await open({ colorScheme, viewport: { width: 390, height: 800 } });
      await press(page, 'Order a report');
      await page.getByText('⊘ skipped').waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id }) => id)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    },
  );
});
