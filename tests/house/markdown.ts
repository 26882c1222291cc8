import { FENCED } from '../../tools/site/links.ts';
import { readSource, repositoryFiles } from './sources.ts';

export interface Block {
  readonly language: string;
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

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
