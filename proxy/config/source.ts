import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';

import type { ConfigFault } from './fault.ts';
import { otherVariable } from './other-tools.ts';
import type { Path } from './path.ts';
import { formatPath } from './path.ts';
import { expandVariables } from './variables.ts';
import type { Environment, Expansion } from './variables.ts';

export interface Place {
  readonly line?: number;
  readonly column?: number;
}

/** A scalar that names variables. */
export interface WrittenScalar {
  readonly written: string;
  readonly expansion: Expansion;
}

/** A YAML text with its variables filled in, which knows where each of its values stands. */
export interface YamlSource {
  readonly name: string;
  /** The plain value; undefined when the text is no YAML. */
  readonly value: unknown;
  /** What the parser refused, and variables that are not set. */
  readonly faults: readonly ConfigFault[];
  /** Paths of the values that took something from the environment, and its variables: no fault may quote the values. */
  readonly expanded: ReadonlyMap<string, readonly string[]>;
  /** Paths of the values that lack a variable, or name one in the notation of another tool. */
  readonly incomplete: ReadonlySet<string>;
  /** The scalar at `path` as it is written and what its variables gave; undefined where it has none. */
  written(path: Path): WrittenScalar | undefined;
  /** Where the value at `path` begins, or the nearest thing around it; with `key`, where that key of it stands. */
  place(path: Path, key?: string): Place;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

/** The path of a node from the nodes above it, as `visit` gives them. */
function pathOf(key: number | string | null, ancestors: readonly unknown[]): Path {
  const path: (string | number)[] = [];
  ancestors.forEach((node, depth) => {
    if (isPair(node)) path.push(keyText(node.key));
    else if (isSeq(node)) path.push(node.items.indexOf(ancestors[depth + 1]));
  });
  const parent = ancestors.at(-1);
  if (isSeq(parent) && typeof key === 'number') path[path.length - 1] = key;
  return path;
}

interface Filled {
  readonly missing: Map<string, number[]>;
  readonly expanded: Map<string, readonly string[]>;
  readonly incomplete: Set<string>;
  readonly scalars: Map<unknown, WrittenScalar>;
  /** Places of variables in the notation of another tool. */
  readonly foreign: { readonly path: string; readonly variable: string; readonly offset: number }[];
}

function fillVariables(document: Document, environment: Environment): Filled {
  const filled: Filled = {
    missing: new Map(),
    expanded: new Map(),
    incomplete: new Set(),
    scalars: new Map(),
    foreign: [],
  };
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string') return;
      const variable = otherVariable(node.value);
      if (variable === undefined && !node.value.includes('${')) return;
      const path = formatPath(pathOf(key, ancestors));
      if (variable !== undefined) {
        filled.foreign.push({ path, variable, offset: node.range?.[0] ?? 0 });
        filled.incomplete.add(path);
        return;
      }
      const expansion = expandVariables(node.value, environment);
      const { text, names, missing } = expansion;
      filled.expanded.set(path, names);
      filled.scalars.set(node, { written: node.value, expansion });
      if (missing.length > 0) filled.incomplete.add(path);
      for (const name of missing) {
        filled.missing.set(name, [...(filled.missing.get(name) ?? []), node.range?.[0] ?? 0]);
      }
      node.value = text;
    },
  });
  return filled;
}

/** One fault for all of them, so that they can be set in one go. */
function missingFault(name: string, missing: Filled['missing'], lines: LineCounter): ConfigFault[] {
  if (missing.size === 0) return [];
  const list = [...missing].map(([variable, offsets]) => {
    const at = [...new Set(offsets.map((offset) => lines.linePos(offset).line))];
    return `${variable} (line ${at.join(', ')})`;
  });
  const first = Math.min(...[...missing.values()].flat());
  const { line, col } = lines.linePos(first);
  const what = list.length === 1 ? 'an environment variable is' : `${list.length} environment variables are`;
  const message = `${what} not set: ${list.join(', ')}; set them, or give a default with \${NAME:-default}`;
  return [{ source: name, line, column: col, path: '', message, unset: true }];
}

function foreignFaults(name: string, foreign: Filled['foreign'], lines: LineCounter): ConfigFault[] {
  return foreign.map(({ path, variable, offset }) => {
    const { line, col } = lines.linePos(offset);
    const message = `expected \${${variable}}, found the variable ${variable} in the notation of another tool; write \${${variable}}`;
    return { source: name, line, column: col, path, message };
  });
}

/** Mappings that a mapping is merged from, one through another. */
const MOST_MERGES = 16;

const isMergeKey = (key: unknown): boolean => /^(?:<<|Symbol\(<<\))$/.test(keyText(key));

/** The member of a node, also where it comes from another mapping by an alias or by `<<`. */
function childOf(document: Document, node: unknown, part: string | number, depth = 0): unknown {
  const inner: unknown = isAlias(node) ? node.resolve(document) : node;
  if (!isMap(inner)) return isSeq(inner) ? inner.get(part, true) : undefined;
  const own: unknown = inner.get(part, true);
  // A mapping may be merged into itself.
  if (own !== undefined || depth >= MOST_MERGES) return own;
  for (const { value } of inner.items.filter((pair) => isMergeKey(pair.key))) {
    for (const merged of isSeq(value) ? value.items : [value]) {
      const found = childOf(document, merged, part, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function nodeAt(document: Document, path: Path): { node: Node | undefined; whole: boolean } {
  let node: Node | null | undefined = document.contents;
  for (const part of path) {
    const next = childOf(document, node, part);
    if (next === undefined || next === null) return { node: node ?? undefined, whole: false };
    node = next as Node;
  }
  return { node: node ?? undefined, whole: true };
}

function writtenAt(document: Document, { scalars }: Filled, path: Path): WrittenScalar | undefined {
  const { node, whole } = nodeAt(document, path);
  return whole ? scalars.get(isAlias(node) ? node.resolve(document) : node) : undefined;
}

function placeIn(document: Document, lines: LineCounter, path: Path, key: string | undefined): Place {
  const { node, whole } = nodeAt(document, path);
  const pair = whole && key !== undefined && isMap(node) ? node.items.find((p) => keyText(p.key) === key) : undefined;
  const target = pair !== undefined && isScalar(pair.key) ? pair.key : node;
  const offset = target?.range?.[0];
  if (offset === undefined) return {};
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

const PARSER_WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the same key stands twice in one mapping',
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
};

/** Of a text that is no YAML. */
const NOWHERE: Pick<YamlSource, 'place' | 'written'> = { place: () => ({}), written: () => undefined };

/** Reads `text`. Never throws: what is wrong stands in `faults`. `name` is how the file is called in messages. */
export function readYaml(name: string, text: string, environment: Environment): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const faults: ConfigFault[] = [...document.errors, ...document.warnings].map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    const message = PARSER_WORDS[error.code] ?? error.message;
    return { source: name, line, column: col, path: '', message: `not valid YAML: ${message}` };
  });
  const broken = { name, faults, expanded: new Map<string, string[]>(), incomplete: new Set<string>() };
  if (faults.length > 0) return { ...broken, value: undefined, ...NOWHERE };
  const filled = fillVariables(document, environment);
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    const message = `not valid YAML: ${error instanceof Error ? error.message : String(error)}`;
    return { ...broken, faults: [{ source: name, line: 1, path: '', message }], value: undefined, ...NOWHERE };
  }
  return {
    name,
    value,
    faults: [...missingFault(name, filled.missing, lines), ...foreignFaults(name, filled.foreign, lines)],
    expanded: filled.expanded,
    incomplete: filled.incomplete,
    place: (path, key) => placeIn(document, lines, path, key),
    written: (path) => writtenAt(document, filled, path),
  };
}
