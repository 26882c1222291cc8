import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  linkedFiles,
  pageText,
  placeOf,
  sidebarOf,
  sitePages,
  titleOf,
  type SidebarItem,
} from '../../tools/site/pages.ts';
import { documents } from './markdown.ts';
import { readSource, ROOT } from './sources.ts';

const pages = sitePages(ROOT);

describe('the pages of the documentation site', () => {
  test('they are every document for readers: README, docs/, examples/, changes', () => {
    const expected = documents().filter((file) => /^(?:docs|examples)\/|^[A-Z]+\.md$/.test(file));
    expect(pages).toEqual(expected.toSorted());
    expect(pages.length).toBeGreaterThan(50);
  });

  test('the sidebar has each once, with its title, and the first page is the README', () => {
    const links = sidebarOf(ROOT).flatMap(({ items = [] }) => items);
    expect(new Set(links.map(({ link }) => link)).size).toBe(links.length);
    expect(links).toHaveLength(pages.length - 1);
    expect(links.filter(({ text }) => text === '')).toEqual([]);
    expect(links).toContainEqual({ text: 'Caching', link: '/docs/caching' } satisfies SidebarItem);
    expect(placeOf('README.md')).toBe('index.md');
  });

  test('what stands nowhere else in the sidebar are the documents about the project', () => {
    const more = sidebarOf(ROOT).find(({ text }) => text === 'More');
    expect(
      more?.items?.map(({ link }) => link),
      'give the page a group in tools/site/pages.ts',
    ).toEqual(['/CHANGELOG', '/CONTRIBUTING']);
  });

  test('titles are headings without marks; links to a README lead to where it stands', () => {
    expect(titleOf('# The model `auto`\n\n# Other\n')).toBe('The model auto');
    expect(pageText('[a](../README.md#b) [c](https://x.test/README.md) [d](e/README.md)\n```tree\n```\n')).toBe(
      '[a](../index.md#b) [c](https://x.test/README.md) [d](e/index.md)\n```txt\n```\n',
    );
  });
});

const isInstalled = existsSync(join(ROOT, 'site/node_modules/vitepress'));

describe.skipIf(!isInstalled)('the site (VitePress is installed by `npm run docs:site`)', () => {
  const out = mkdtempSync(join(tmpdir(), 'llmproxy-site-'));
  afterAll(() => rmSync(out, { recursive: true, force: true }));
  const html = new Map<string, string>();

  beforeAll(() => {
    const args = [join(ROOT, 'tools/docs-site.ts'), '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
    for (const file of filesOf(out)) if (file.endsWith('.html')) html.set(file, readFileSync(join(out, file), 'utf8'));
  }, 180_000);

  test('every page is there, under its title', () => {
    for (const page of pages) {
      const [, title = ''] = /<title>([^<]*)<\/title>/.exec(html.get(placeOf(page).replace(/md$/, 'html')) ?? '') ?? [];
      const own = titleOf(readSource(page));
      expect(title.replaceAll('&quot;', '"').replaceAll('&#39;', "'"), page).toBe(
        page === 'README.md' ? own : `${own} | llmproxy`,
      );
    }
  });

  test('every link leads to a file of the site, and to a heading of it', () => {
    const ids = new Map(
      [...html].map(([file, text]) => [file, [...text.matchAll(/ id="([^"]+)"/g)].map((id) => id[1]!)]),
    );
    const found = [...html].flatMap(([file, text]) =>
      [...text.matchAll(/<a [^>]*?href="(?!https?:|mailto:)([^"#]*)(?:#([^"]*))?"/g)].map(([, path = '', anchor]) => ({
        file,
        target: path === '' ? file : fileAt(posix.join(path.startsWith('/') ? '' : posix.dirname(file), path), out),
        anchor: decodeURIComponent(anchor ?? ''),
      })),
    );
    expect(found.length).toBeGreaterThan(1_000);
    const missing = found.filter(
      ({ target, anchor }) => target === undefined || (anchor !== '' && ids.get(target)?.includes(anchor) !== true),
    );
    expect(missing).toEqual([]);
  });

  test('a page has its text as it stands in the document, and the texts of the site around it', () => {
    expect(textOf(html.get('docs/mock/scripts.html')!)).toContain('{{text}}, {{system}}, {{model}}');
    expect(textOf(html.get('docs/caching.html')!)).toMatch(/llmproxy.*Search.*On this page.*Memory/s);
  });

  test('a file that is no page is served as it stands', () => {
    expect(linkedFiles(ROOT)).toContain('deploy/monitoring/alerts.yaml');
    for (const file of linkedFiles(ROOT)) expect(readFileSync(join(out, file), 'utf8')).toBe(readSource(file));
  });

  test('nothing is fetched from outside, and every page can be searched', () => {
    const loading = /<(?:script|link|img|iframe|source)[^>]+(?:src|href)="(?:https?:)?\/\/[^"]*"/g;
    expect([...html].flatMap(([file, text]) => [...text.matchAll(loading)].map(([tag]) => `${file}: ${tag}`))).toEqual(
      [],
    );
    const styles = filesOf(out).filter((file) => file.endsWith('.css'));
    expect(styles.length).toBeGreaterThan(0);
    for (const file of styles)
      expect(readFileSync(join(out, file), 'utf8')).not.toMatch(/(?:url\(|@import)["' ]*(?:https?:)?\/\//);
    const index = filesOf(out).find((file) => file.includes('localSearchIndex')) ?? '';
    const indexed = readFileSync(join(out, index), 'utf8');
    for (const page of pages) expect(indexed).toContain(`/${placeOf(page).replace(/(?:index)?\.md$/, '')}`);
  });
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
}

/** What a reader sees of a page. */
function textOf(page: string): string {
  return page.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>|<[^>]*>/g, '');
}

/** The file of the site that an address without its origin leads to. */
function fileAt(address: string, out: string): string | undefined {
  const path = address.replace(/^\//, '');
  const candidates = [posix.join(path, 'index.html'), `${path}.html`, ...(posix.extname(path) === '' ? [] : [path])];
  return candidates.find((file) => existsSync(join(out, file)));
}
