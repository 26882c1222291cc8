// Links and headings of Markdown.
import { posix } from 'node:path';

/** A fenced block: its language and its code. */
export const FENCED = /^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm;

const LINK = /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g;

export interface Link {
  readonly file: string;
  /** Path in the repository. */
  readonly target: string;
  /** What stands behind `#`. */
  readonly anchor: string | undefined;
}

/** The links of a document that lead to a file of the repository or to a heading, its own included. `file`: its path. */
export function linksOf(file: string, text: string): Link[] {
  const prose = text.replaceAll(FENCED, '');
  return [...prose.matchAll(LINK)].map(([, path = '', anchor]) => ({
    file,
    target: path === '' ? file : posix.join(posix.dirname(file), path).replace(/\/$/, ''),
    anchor,
  }));
}

/** The name by which a heading is linked to, as Git hosts make it: one link serves there and in the site. */
export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}

/** The names of all headings of a document. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replaceAll(FENCED, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = slugOf(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
    let name = slug;
    for (let count = 1; anchors.has(name); count += 1) name = `${slug}-${count}`;
    anchors.add(name);
  }
  return anchors;
}
