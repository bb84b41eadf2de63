/**
 * Puts the pages of this repository into a package: `node scripts/pages.mjs <folder of the package>`.
 *
 * On npm, and in `node_modules`, there is nothing of the repository but the package. With `repository` in its
 * package.json, all links become absolute; without, those that would lead out of it become text.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isAbsolute, replaceLinks, replacePictures } from './markdown.mjs';

const root = join(import.meta.dirname, '..');

/** What users get beside the build. */
const PAGES = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs'];

const [target] = process.argv.slice(2);
if (target === undefined)
  throw new Error('Cannot write the pages: no folder was named. Say which package they are for.');

const repository = addressOf(JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')).repository);
for (const page of PAGES) {
  rmSync(join(target, page), { recursive: true, force: true });
  cpSync(join(root, page), join(target, page), { recursive: true });
}
const files = PAGES.flatMap((page) => filesIn(page));
for (const page of files.filter((file) => file.endsWith('.md'))) {
  const text = replacePictures(readFileSync(join(root, page), 'utf8'), (href) => pictureAt(href, page));
  writeFileSync(
    join(target, page),
    replaceLinks(text, (link) => published(link, page)),
  );
}

function filesIn(path) {
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesIn(posix.join(path, name)));
}

/** A link of `page`, as it is in the package. */
function published({ link, mark, label, href }, page) {
  if (isAbsolute(href) || href.startsWith('#')) return link;
  const [path, anchor] = href.split('#');
  const file = posix.join(posix.dirname(page), path);
  if (!existsSync(join(root, file))) throw new Error(`Cannot publish ${page}: its link to ${href} leads nowhere.`);
  if (repository !== undefined) {
    const kind = mark === '!' ? 'raw' : statSync(join(root, file)).isFile() ? 'blob' : 'tree';
    return `${mark}[${label}](${repository}/${kind}/HEAD/${file}${anchor === undefined ? '' : `#${anchor}`})`;
  }
  return files.includes(file) ? link : label;
}

/** Where a picture of `page` is, in the package. */
function pictureAt(href, page) {
  const file = posix.join(posix.dirname(page), href);
  return repository === undefined || isAbsolute(href) ? href : `${repository}/raw/HEAD/${file}`;
}

/** Where people read the repository: npm takes `github:owner/name`, `owner/name`, and addresses for git. */
function addressOf(repository) {
  const url = typeof repository === 'object' ? repository.url : repository;
  if (url === undefined) return undefined;
  const short = /^(?:github:)?([\w.-]+\/[\w.-]+)$/.exec(url);
  const path = short === null ? url.replace(/^git\+/, '').replace(/^(?:ssh|git):\/\/(?:git@)?/, 'https://') : undefined;
  return (path ?? `https://github.com/${short[1]}`).replace(/\.git$/, '');
}
