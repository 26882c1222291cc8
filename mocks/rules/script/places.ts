import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Node } from 'yaml';

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** A YAML (or JSON, which is YAML too) text that knows where its values stand. */
export interface PlacedText {
  /** Absent when the text is no YAML. */
  readonly value: unknown;
  /** What the parser refused. */
  readonly faults: readonly { readonly place: Place; readonly message: string }[];
  /** Where the value of a field such as `rules[0].match.text` stands (`inName`: where its name does), or the nearest thing around it. */
  place(field: string, inName: boolean): Place;
}

interface Step {
  readonly node: unknown;
  readonly rest: string;
  /** Where a mapping's key stands: a wrong name is shown there. */
  readonly key: unknown;
}

/** One step down a path; names may have dots in them, so the longest that fits is taken. */
function step(node: unknown, path: string): Step | undefined {
  if (isSeq(node)) {
    const index = /^\[(\d+)\]/.exec(path);
    const item: unknown = index ? node.items[Number(index[1])] : undefined;
    return index && item !== undefined ? { node: item, key: item, rest: path.slice(index[0].length) } : undefined;
  }
  if (!isMap(node)) return undefined;
  const name = path.startsWith('.') ? path.slice(1) : path;
  const fitting = node.items
    .map((pair) => ({ pair, text: isScalar(pair.key) ? String(pair.key.value) : '' }))
    .filter(({ text }) => text !== '' && name.startsWith(text) && /^(?:$|[.[])/.test(name.slice(text.length)))
    .toSorted((a, b) => b.text.length - a.text.length)[0];
  return fitting && { node: fitting.pair.value, key: fitting.pair.key, rest: name.slice(fitting.text.length) };
}

function offsetOf(root: unknown, field: string, inName: boolean): number {
  let at: unknown = root;
  let node = root;
  // The list of rules may be the whole text.
  let path = isSeq(root) ? field.replace(/^rules/, '') : field;
  while (path !== '') {
    const next = step(node, path);
    if (next === undefined) break;
    ({ node, rest: path } = next);
    // A value that is wrong is shown itself; what holds it, where its name stands.
    at = path === '' && isScalar(node) && !inName ? node : next.key;
  }
  return (at as Node | undefined)?.range?.[0] ?? 0;
}

export function placedText(text: string): PlacedText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    place: placeAt(pos[0]),
    message: `not valid YAML: ${message}`,
  }));
  return {
    value: faults.length > 0 ? undefined : (document.toJS({ maxAliasCount: 1000 }) as unknown),
    faults,
    place: (field, inName) => placeAt(offsetOf(document.contents, field, inName)),
  };
}
