import type { Json, JsonObject } from '../../core/json.ts';
import { omit } from './chunk-merge.ts';
import { isExactObject } from '../../wire/json-exact.ts';

/**
 * The content of a message out of the pieces that its deltas carry: text, or the lists of parts that servers with visible
 * thinking send. Text beside parts becomes a part; null when there is no content at all.
 */
export function mergeContent(pieces: readonly Json[]): Json {
  let content: Json = null;
  for (const piece of pieces) {
    if (piece !== null) content = content === null ? piece : join(content, piece);
  }
  return content;
}

function join(before: Json, piece: Json): Json {
  if (typeof before === 'string' && typeof piece === 'string') return before + piece;
  if (before === '' || piece === '') return before === '' ? piece : before;
  return joinParts(partsOf(before), partsOf(piece));
}

function partsOf(content: Json): Json[] {
  if (Array.isArray(content)) return content;
  return typeof content === 'string' ? [{ type: 'text', text: content }] : [content];
}

/** One list behind the other; where the first part of the second goes on with the last of the first, both are one. */
function joinParts(before: readonly Json[], piece: readonly Json[]): Json[] {
  const last = before.at(-1);
  const [first, ...rest] = piece;
  const one = last === undefined || first === undefined ? undefined : joinPart(last, first);
  return one === undefined ? [...before, ...piece] : [...before.slice(0, -1), one, ...rest];
}

/** Members in which a part grows. */
const GROWING = ['text', 'thinking'];

function joinPart(before: Json, piece: Json): JsonObject | undefined {
  if (!isExactObject(before) || !isExactObject(piece)) return undefined;
  const name = GROWING.find((key) => grows(before[key], piece[key]));
  if (name === undefined) return undefined;
  if (JSON.stringify(omit(before, [name])) !== JSON.stringify(omit(piece, [name]))) return undefined;
  return { ...before, [name]: join(before[name] ?? null, piece[name] ?? null) };
}

function grows(before: Json | undefined, piece: Json | undefined): boolean {
  if (typeof before === 'string') return typeof piece === 'string';
  return Array.isArray(before) && Array.isArray(piece);
}
