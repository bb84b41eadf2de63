import type { BrowserContextOptions } from 'playwright-core';
import { type Opened, openPage } from '../../harness/browser.js';
import { ADMIN } from '../ask.js';

export { noBrowser, withBrowser } from '../../harness/browser.js';

/** Opens `path`, as whoever may see the inspector. */
export function open(
  running: { readonly port: number },
  path: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  return openPage(running, path, { cookie: ADMIN.cookie, ...options });
}
