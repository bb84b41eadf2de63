/** Names every link of the pages below a folder that leads nowhere in it: `node scripts/check-links.mjs <folder>`. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { anchorsOf, isAbsolute, linksOf } from './markdown.mjs';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Cannot check links: no folder was named.');

for (const page of readdirSync(folder, { recursive: true })) {
  if (!page.endsWith('.md') || page.includes('node_modules')) continue;
  for (const href of linksOf(readFileSync(join(folder, page), 'utf8'))) {
    if (isAbsolute(href) || leadsSomewhere(page, href)) continue;
    console.error(`${String(page)}: ${href} leads nowhere`);
    process.exitCode = 1;
  }
}

function leadsSomewhere(page, href) {
  const [path, anchor] = href.split('#');
  const target = path === '' ? join(folder, page) : join(folder, dirname(page), decodeURIComponent(path));
  if (relative(folder, target).startsWith('..') || !existsSync(target) || !statSync(target).isFile()) return false;
  return anchor === undefined || anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
}
