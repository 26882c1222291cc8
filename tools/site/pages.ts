// Which documents are pages of the documentation site and in which order they stand in its sidebar.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { linksOf } from './links.ts';

/** A link of the sidebar, or a titled group of links. */
export interface SidebarItem {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: readonly SidebarItem[];
}

/** Pages of the sidebar by their names below docs/. A page that no group names comes last, under "More". */
const GROUPS: readonly (readonly [title: string, pages: readonly string[]])[] = [
  [
    'Use it',
    ['clients', 'configuration', 'command-line', 'providers', 'programmatic', 'migrating', 'troubleshooting', 'errors'],
  ],
  ['Proxy', ['routing', 'caching', 'reliability', 'network', 'auto', 'prices', 'benchmark']],
  ['Keys and users', ['governance', 'credentials', 'gateway']],
  [
    'Run it',
    [
      'dashboard',
      'kubernetes',
      'continuous-integration',
      'monitoring',
      'tracing',
      'redis',
      'redis-cluster',
      'workers',
      'scale',
    ],
  ],
  [
    'Mock: tests',
    [
      'mock/README',
      'mock/test-runners',
      'mock/pytest',
      'mock/scripts',
      'mock/faults',
      'mock/oracles',
      'mock/record-replay',
      'mock/fleet',
    ],
  ],
  [
    'Mock: what it answers',
    [
      'mock/answers',
      'mock/requests',
      'mock/tokens',
      'mock/media',
      'mock/kept',
      'mock/anthropic',
      'mock/gemini',
      'mock/azure',
      'mock/sockets',
      'mock/webhooks',
    ],
  ],
  [
    'Mock: reference',
    ['mock/options', 'mock/operations', 'mock/strictness', 'mock/rate-limits', 'mock/clock', 'mock/conformance'],
  ],
  [
    'How close the mock is',
    ['fidelity', 'fidelity/operations', 'fidelity/fields', 'fidelity/events', 'fidelity/refusals'],
  ],
  ['Inside', ['architecture', 'decisions/README', 'discoveries/README']],
];

/** Documents beside docs/ that are pages too. */
const OTHERS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

/** Every page, as a path in the repository. */
export function sitePages(root: string): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
      .filter((file) => file.endsWith('.md') && !file.includes('node_modules'));
  return [...OTHERS, ...below('docs'), ...below('examples')].toSorted();
}

/** Where a page stands in the site: README.md of the repository is the first page, another README the page of its folder. */
export function placeOf(page: string): string {
  return page.replace(/(^|\/)README\.md$/, '$1index.md');
}

/** A place as an address from the root of the site: `docs/caching.md` → `/docs/caching`, `examples/gemini/index.md` → `/examples/gemini/`. */
function addressOf(page: string): string {
  return `/${placeOf(page)}`.replace(/(?:\/index)?\.md$/, (end) => (end.startsWith('/') ? '/' : ''));
}

/** The first heading of a document, without its code marks. */
export function titleOf(text: string): string {
  return (/^# (.+)$/m.exec(text)?.[1] ?? '').replaceAll('`', '');
}

/** The sidebar of the site with every page, each once. `root`: folder of the repository. */
export function sidebarOf(root: string): SidebarItem[] {
  const pages = sitePages(root).filter((page) => page !== 'README.md');
  const item = (page: string): SidebarItem => ({
    text: titleOf(readFileSync(join(root, page), 'utf8')),
    link: addressOf(page),
  });
  const grouped = GROUPS.map(([text, names]) => ({
    text,
    pages: names.map((name) => `docs/${name}.md`).filter((page) => pages.includes(page)),
  }));
  grouped.push({ text: 'Examples', pages: pages.filter((page) => page.startsWith('examples/')) });
  const named = new Set(grouped.flatMap((group) => group.pages));
  grouped.push({ text: 'More', pages: pages.filter((page) => !named.has(page)) });
  return grouped.map((group) => ({ text: group.text, collapsed: false, items: group.pages.map(item) }));
}

/** The text of a page, with links to a README leading to where it stands in the site, and block languages that the site knows. */
export function pageText(text: string): string {
  return text
    .replaceAll(/^```tree$/gm, '```txt')
    .replaceAll(/(\]\((?!https?:)[^)#\s]*?)README\.md(?=[)#])/g, '$1index.md');
}

/** Files of the repository that pages link to and that are no pages themselves. */
export function linkedFiles(root: string): string[] {
  const pages = sitePages(root);
  const targets = pages.flatMap((page) =>
    linksOf(page, readFileSync(join(root, page), 'utf8')).map(({ target }) => target),
  );
  return [...new Set(targets)].filter((target) => !target.endsWith('.md')).toSorted();
}
