/** What the first bytes of an answer show it to be, whatever its label says. */
export type BodyKind = 'json' | 'events' | 'other';

export interface SeenKind {
  readonly kind: BodyKind;
  /** Where the answer begins: behind comments that stood before JSON, else at 0. */
  readonly at: number;
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const WHITE = new Set([9, 10, 13, 32]);
const COLON = 58;
const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;

/** The fields with which an event can begin (WHATWG HTML, section 9.2.6). */
const FIELDS = ['data', 'event', 'id', 'retry'].map((name) => Buffer.from(name));

/**
 * Recognises JSON and event streams by how they begin; undefined while the bytes so far can be either. Some servers write
 * blank lines or comments while the answer is being made, before JSON as well.
 */
export function bodyKind(bytes: Buffer): SeenKind | undefined {
  const front = bytes.subarray(0, BOM.length);
  const marked = front.length > 0 && front.equals(BOM.subarray(0, front.length));
  if (marked && front.length < BOM.length) return undefined;
  let at = marked ? BOM.length : 0;
  let comments = false;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (WHITE.has(byte)) at += 1;
    else if (byte === COLON) {
      const end = lineEnd(bytes, at);
      if (end === -1) return undefined;
      comments = true;
      at = end;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return { kind: 'json', at: comments ? at : 0 };
    else return fieldAt(bytes.subarray(at));
  }
  return undefined;
}

function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(10, from);
  const cr = bytes.indexOf(13, from);
  return lf === -1 || cr === -1 ? Math.max(lf, cr) : Math.min(lf, cr);
}

function fieldAt(rest: Buffer): SeenKind | undefined {
  for (const name of FIELDS) {
    const seen = rest.subarray(0, name.length);
    if (!seen.equals(name.subarray(0, seen.length))) continue;
    const next = rest[name.length];
    if (next === undefined) return undefined;
    if (next === COLON || next === 10 || next === 13) return { kind: 'events', at: 0 };
  }
  return { kind: 'other', at: 0 };
}
