import { posix } from 'node:path';
import { readSource, repositoryFiles } from './sources.ts';

export interface Block {
  readonly language: string;
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

const FENCED = /^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a document, in order. */
export function fencedBlocks(text: string): Block[] {
  return [...text.matchAll(FENCED)].map((match) => ({
    language: match[1] ?? '',
    code: match[2] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }));
}

/** Every document of the repository. */
export function documents(): string[] {
  return repositoryFiles().filter((file) => file.endsWith('.md') && !file.startsWith('bench/results/'));
}

/** The cells of every table row whose first cell is one `code` word. */
export function codeRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => /^\| *`[^`|]+` *\|/.test(line))
    .map((line) =>
      line
        .replace(/^\||\|\s*$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** Bold names of a numbered list, in order: `1. **receive** …`. */
export function numberedNames(text: string): string[] {
  return [...text.matchAll(/^\d+\. \*\*([\w-]+)\*\*/gm)].map((match) => match[1]!);
}

export interface Link {
  readonly file: string;
  /** Path in the repository. */
  readonly target: string;
  /** What stands behind `#`. */
  readonly anchor: string | undefined;
}

/** The links of a document that lead to a file of the repository or to a heading, its own included. */
export function linksOf(file: string, text = readSource(file)): Link[] {
  const prose = text.replaceAll(FENCED, '');
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, path = '', anchor]) => ({
    file,
    target: path === '' ? file : posix.join(posix.dirname(file), path).replace(/\/$/, ''),
    anchor,
  }));
}

/** The names by which the headings of a document are linked to, as Git hosts make them. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replaceAll(FENCED, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let name = slug;
    for (let count = 1; anchors.has(name); count += 1) name = `${slug}-${count}`;
    anchors.add(name);
  }
  return anchors;
}

const ROOTS = 'proxy|mocks|tests|tools|bench|docs|examples|\\.ci';
const PATH = new RegExp(`(?<![\\w/.:-])(?:\\./)?((?:${ROOTS})/[\\w./*{},-]*[\\w*}/])`, 'g');
const ROOT_FILE = /`((?:\w[\w.-]*)\.(?:yaml|yml|json|md|ts)|Dockerfile|LICENSE)`/g;

export interface NamedPath {
  readonly file: string;
  readonly path: string;
}

/** Paths of this repository that a document names, outside its fenced blocks and in links alike. */
export function namedPaths(file: string, text = readSource(file)): NamedPath[] {
  const prose = text.replaceAll(FENCED, '');
  const found = [PATH, ROOT_FILE].flatMap((pattern) => [...prose.matchAll(pattern)].map((match) => match[1]!));
  return [...new Set(found)].map((path) => ({ file, path }));
}

/** The tree of CONTRIBUTING.md: each indented line of its `tree` block as a repository path. */
export function treePaths(code: string): string[] {
  const folders: string[] = [];
  const paths: string[] = [];
  for (const line of code.split('\n')) {
    const match = /^( *)(\S+)/.exec(line);
    if (match === null) continue;
    const depth = match[1]!.length / 2;
    folders.length = depth;
    const name = match[2]!;
    const path = [...folders, name.replace(/\/$/, '')].join('/');
    if (name.endsWith('/')) folders[depth] = name.replace(/\/$/, '');
    paths.push(path);
  }
  return paths;
}
