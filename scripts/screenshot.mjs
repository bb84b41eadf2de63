// takes the pictures of the inspector that the README shows, of the sample at work: `npm run screenshot`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const PORT = process.env.PORT ?? '3999';
const ADDRESS = `http://127.0.0.1:${PORT}`;
/** For a debugger, and for whoever looks at a picture: the browser asks nobody on the network. */
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const SIZE = { width: 1200, height: 700 };
/** Milliseconds after which a client hangs up that waits for an export. */
const PATIENCE = 150;

const ADA = { username: 'ada', password: 'correct horse', email: 'ada@example.com' };

const sample = spawn('npm', ['start'], { env: { ...process.env, PORT }, stdio: 'inherit', detached: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });
try {
  await untilItAnswers();
  await post('/signup', ADA);
  await post('/password-resets', ADA);
  await post('/reports/failing', ADA);
  await post('/exports', ADA, AbortSignal.timeout(PATIENCE)).catch(() => undefined);
  // the mails of the first ones are on their way by then
  await setTimeout(3_500);
  await post('/password-resets', ADA);
  await setTimeout(700);
  await post('/signup', ADA);
  await setTimeout(900);
  for (const colorScheme of ['light', 'dark']) await take(colorScheme);
} finally {
  await browser.close();
  process.kill(-Number(sample.pid), 'SIGTERM');
  await once(sample, 'close');
}

async function take(colorScheme) {
  const page = await browser.newPage({ viewport: SIZE, deviceScaleFactor: 1.5, colorScheme });
  await page.goto(`${ADDRESS}/inspector`);
  await page
    .getByRole('button', { name: /exports/ })
    .first()
    .click();
  await page.getByRole('table').waitFor();
  await page.screenshot({ path: `docs/inspector-${colorScheme}.png` });
  await page.close();
}

function post(path, body, signal) {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${ADDRESS}${path}`, { method: 'POST', headers, body: JSON.stringify(body), signal });
}

async function untilItAnswers() {
  while (!(await fetch(ADDRESS).catch(() => undefined))?.ok) {
    if (sample.exitCode !== null) throw new Error('The sample has ended before it answered.');
    await setTimeout(200);
  }
}
