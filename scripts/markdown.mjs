/** What markdown pages link to, and what their headings are called. */

const FENCE = /^(```|~~~)[\s\S]*?^\1/m;
const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g;

/** `text` with each of its links replaced by what `replace` returns for it; code blocks stay as they are. */
export function replaceLinks(text, replace) {
  const fence = FENCE.exec(text);
  if (fence === null) return text.replaceAll(LINK, (link, mark, label, href) => replace({ link, mark, label, href }));
  const end = fence.index + fence[0].length;
  return replaceLinks(text.slice(0, fence.index), replace) + fence[0] + replaceLinks(text.slice(end), replace);
}

/** A picture in HTML: Markdown has none that differ in light and dark. */
const PICTURE = /\b(src|srcset)="([^"\s]+)"/g;

/** `text` with where each picture in HTML is replaced by what `replace` returns for that. */
export function replacePictures(text, replace) {
  return text.replaceAll(PICTURE, (_, attribute, href) => `${attribute}="${replace(href)}"`);
}

/** Where the links of `text` lead, and where its pictures are. */
export function linksOf(text) {
  const hrefs = Array.from(text.matchAll(PICTURE), ([, , href]) => href);
  replaceLinks(text, ({ link, href }) => {
    hrefs.push(href);
    return link;
  });
  return hrefs;
}

/** The anchors of the headings of `text`, as GitHub and npm name them. */
export function anchorsOf(text) {
  const counts = new Map();
  const headings = text.replaceAll(new RegExp(FENCE, 'gm'), '').matchAll(/^#{1,6} +(.*?) *$/gm);
  return Array.from(headings, ([, heading]) => {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\-_ ]/gu, '')
      .replaceAll(' ', '-');
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** Whether a link leads to another place of the web. */
export const isAbsolute = (href) => /^[a-z][a-z\d+.-]*:/i.test(href);
