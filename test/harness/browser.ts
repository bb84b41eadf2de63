import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where Debian, and most others, have it; or where a variable says. */
const PATHS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const executablePath = PATHS.find((path) => path !== undefined && existsSync(path));

/** Why there is no browser, if there is none. */
export const noBrowser =
  executablePath === undefined ? 'no Chromium, such as that of `apt-get install chromium`' : undefined;

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page, and what went wrong in it. */
export interface Opened {
  readonly page: Page;
  /** What the console said at all, errors of scripts and of the policy for content among it. */
  readonly console: string[];
  /** The hosts of what was asked for. */
  readonly hosts: Set<string>;
}

let browser: Browser;
const opened = new Set<Page>();

/** Has a browser there for all tests of a file. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ARGS });
  });

  afterEach(async () => {
    await Promise.all([...opened].map((page) => page.context().close()));
    opened.clear();
  });

  afterAll(async () => {
    await browser.close();
  });
}

/** Opens `path` of an application, with `cookie` where one is given. */
export async function openPage(
  { port }: { readonly port: number },
  path: string,
  { cookie, ...options }: BrowserContextOptions & { readonly cookie?: string } = {},
): Promise<Opened> {
  const origin = `http://127.0.0.1:${port}`;
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const [name = '', value = ''] = (cookie ?? '').split('=');
  if (cookie !== undefined) await context.addCookies([{ name, value, url: origin }]);
  const page = await context.newPage();
  const console: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => console.push(message.text()));
  page.on('pageerror', (error) => console.push(String(error)));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  opened.add(page);
  await page.goto(`${origin}${path}`);
  return { page, console, hosts };
}
