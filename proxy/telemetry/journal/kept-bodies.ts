import type { NotedBody } from '../noted-answer.ts';

/** Bytes of one body that are shown. */
export const BODY_SHOWN = 65_536;
/** Bytes that are noted beyond them: a secret that begins in front of the end is whole, and can be taken out. */
const BODY_MARGIN = 1_024;
/** Bytes that are noted of a body. */
export const BODY_NOTED = BODY_SHOWN + BODY_MARGIN;

/** One body as it is kept. */
export interface KeptBody {
  /** Without secrets; null where the body is no text. */
  readonly text: Buffer | null;
  /** Of the body as it was. */
  readonly bytes: number;
  /** There was more of it. */
  readonly cut: boolean;
}

export interface KeptBodies {
  readonly request: KeptBody;
  readonly answer: KeptBody;
}

/** A copy of what was noted, without secrets: nothing of the noted parts is held. */
export function keptBody({ parts, bytes, isText }: NotedBody, clean: (text: string) => string): KeptBody {
  if (!isText) return { text: null, bytes, cut: false };
  const isWhole = bytes <= BODY_SHOWN;
  const text = clean(Buffer.concat(parts).toString('utf8'));
  // What the noted part ends with may be the beginning of a secret: that much is not shown.
  const shown = isWhole ? text : text.slice(0, Math.max(0, text.length - BODY_MARGIN));
  return { text: Buffer.from(shown).subarray(0, BODY_SHOWN), bytes, cut: !isWhole };
}

/** Bytes that are held. */
export function heldBytes({ request, answer }: KeptBodies): number {
  return (request.text?.length ?? 0) + (answer.text?.length ?? 0);
}
