import { CSS, HTML, ICON, SCRIPT } from './page.generated.js';

/** A file of the page, from memory. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

/**
 * The files of the page that is at `path`, by what follows that.
 *
 * What the page asks for is below its own address, which does not end with a slash: relative to that, it begins with the
 * last segment, whatever a proxy has taken off before it.
 */
export function pageFilesAt(path: string): Map<string, PageFile> {
  const html = HTML.replaceAll('$BASE', path.slice(path.lastIndexOf('/') + 1));
  return new Map([
    ['', { type: 'text/html; charset=utf-8', text: html }],
    ['/app.js', { type: 'text/javascript; charset=utf-8', text: SCRIPT }],
    ['/app.css', { type: 'text/css; charset=utf-8', text: CSS }],
    ['/icon.svg', { type: 'image/svg+xml', text: ICON }],
  ]);
}
