import { CSS, HTML, ICON, SCRIPT } from './page.generated.js';

/** A file of the page, from memory. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

/** By what follows the path of the inspector. */
export const PAGE_FILES: Readonly<Record<string, PageFile>> = {
  '': { type: 'text/html; charset=utf-8', text: HTML },
  '/app.js': { type: 'text/javascript; charset=utf-8', text: SCRIPT },
  '/app.css': { type: 'text/css; charset=utf-8', text: CSS },
  '/icon.svg': { type: 'image/svg+xml', text: ICON },
};
