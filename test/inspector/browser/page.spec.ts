import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { platforms } from '../../harness/application.js';
import { whereThereIs } from '../../harness/where-there-is.js';
import { request, settings, startIn } from './application.js';
import { noBrowser, open, withBrowser } from './browser.js';

const cases = platforms.flatMap((platform) =>
  settings.map((setting) => ({ platform, setting, name: platform.name, title: setting.title })),
);

/** The line of a batch in a section, closed or open. */
const line = (page: Page, section: string | RegExp, text: string) =>
  page.getByRole('region', { name: section }).getByRole('button', { name: text });

/** The texts of a table, row by row. */
const cellsOf = async (page: Page): Promise<string[][]> => {
  const rows = await page.getByRole('table').getByRole('row').all();
  return Promise.all(rows.map((row) => row.locator('[role]').allInnerTexts()));
};

whereThereIs(noBrowser, 'the page of the inspector', () => {
  withBrowser();

  describe.each(cases)('on $name, $title', ({ platform, setting }) => {
    it('shows a sign-up with its tasks in order, as it happens', async () => {
      const running = await startIn(platform, setting);
      const { page, console, hosts } = await open(running, setting.page);
      await page.getByText(/Live$/).waitFor();
      await page.getByText('No tasks yet').waitFor();
      await request(running, setting, '/signup');
      await line(page, 'Latest', '2 of 2 done').click();
      const rows = await cellsOf(page);
      expect(rows.map(([what, , , , result]) => [what, result])).toEqual([
        ['What', 'Result'],
        ['Office.signUp handler', '✓ success'],
        ['sendWelcome', '✓ done'],
        ['recordAudit', '✓ done'],
      ]);
      for (const [, waited, ran] of rows.slice(2)) expect(`${waited} ${ran}`).toMatch(/^[\d.]+ ms [\d.]+ ms$/);
      await page.getByText(/The client waited [\d.]+ ms and got 201\. [\d.]+ ms of work came after\./).waitFor();
      expect(await page.getByRole('list', { name: 'Tasks since' }).innerText()).toMatch(/2\s+done/);
      expect(console).toEqual([]);
      expect([...hosts]).toEqual([`127.0.0.1:${running.port}`]);
    });

    it('shows a failure above all else, with its error, and what was skipped and why', async () => {
      const running = await startIn(platform, setting);
      const { page, console } = await open(running, setting.page);
      await request(running, setting, '/reports/7');
      await request(running, setting, '/signup');
      await line(page, 'Latest', 'POST').nth(1).waitFor();
      expect(await page.title()).toBe('(1 failed) Background tasks');
      expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual(['Failed (1)', 'Latest']);
      await line(page, /^Failed/, 'storeReport failed, 1 skipped').click();
      expect((await cellsOf(page)).slice(2).map(([what, , , , result]) => [what, result])).toEqual([
        ['recordAudit', '✓ done'],
        ['storeReport', '✕ failed'],
        ['sendLink', '⊘ skipped: a task before it failed'],
      ]);
      await page.getByText(/^RangeError: the archive is full\s+at /).waitFor();
      await page.getByText(/and got 202\./).waitFor();
      expect(console).toEqual([]);
    });

    it('shows each attempt, and hands out the trace', async () => {
      const running = await startIn(platform, setting);
      const { page } = await open(running, setting.page);
      await request(running, setting, '/flaky');
      await line(page, 'Latest', '1 of 1 done, 2 retries').click();
      expect((await cellsOf(page)).slice(2).map(([what, , , , result]) => [what, result])).toEqual([
        ['callAgain 3 attempts', '✓ done'],
        ['attempt 1', '✕ failed'],
        ['attempt 2', '✕ failed'],
        ['attempt 3', '✓ done'],
      ]);
      await page.getByText('Error: attempt 1', { exact: true }).waitFor();
      const downloaded = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download trace' }).click();
      expect((await downloaded).suggestedFilename()).toMatch(/^batch-[\w-]+\.json$/);
    });
  });
});
