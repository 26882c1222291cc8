import { isJsonObject } from '../core/json.ts';
import { parseObject } from '../wire/json-object.ts';
import type { Family, Seal } from './conversation.ts';

/**
 * Seals of one family in the fields of another: base64 of a JSON object whose first member says that the proxy packed it, and in which
 * version. It is base64 throughout, since Gemini's clients decode signatures.
 */
const HEAD = '{"llmproxy":1,"';

/** Fifteen bytes are twenty characters of base64, whatever follows. */
const PREFIX = Buffer.from(HEAD).toString('base64');

const FAMILIES: ReadonlySet<unknown> = new Set<Family>(['chat', 'responses', 'messages', 'gemini']);

/** A seal with what its place in a foreign family cannot say. */
export interface PackedSeal {
  readonly seal: Seal;
  /** The seal is the thought itself, of which nothing may be seen. */
  readonly redacted?: true;
  /** It belongs to what follows the block that carries it (a call, a text), which cannot carry it itself. */
  readonly next?: true;
}

/** The text that carries a seal through a family that does not know it. */
export function packSeal(seal: Seal, more: Omit<PackedSeal, 'seal'> = {}): string {
  const { family, model, id, value } = seal;
  const packed = { llmproxy: 1, f: family, m: model, i: id, v: value, r: more.redacted, n: more.next };
  return Buffer.from(JSON.stringify(packed)).toString('base64');
}

export function isPacked(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Takes back what `packSeal` wrote; undefined for anything else, such as a seal of the family itself. */
export function unpackSeal(text: string): PackedSeal | undefined {
  if (!isPacked(text)) return undefined;
  const packed = parseObject(Buffer.from(text, 'base64').toString());
  if (packed === undefined || !isJsonObject(packed)) return undefined;
  const { f, m, i, v, r, n } = packed;
  if (!FAMILIES.has(f) || typeof v !== 'string') return undefined;
  const seal: Seal = {
    family: f as Family,
    ...(typeof m === 'string' ? { model: m } : {}),
    value: v,
    ...(typeof i === 'string' ? { id: i } : {}),
  };
  return { seal, ...(r === true ? { redacted: r } : {}), ...(n === true ? { next: n } : {}) };
}
