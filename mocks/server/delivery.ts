import type { BilledTokens, HeaderList, RecordedWire, Reply, StreamEvent } from '../dialects/reply.ts';

export interface Head {
  readonly status: number;
  readonly headers: HeaderList;
}

/** One step of an answer that is written past the HTTP server, byte for byte. */
export type WireStep =
  | {
      readonly send: Buffer;
      /** Of the body, framing not counted. */
      readonly bodyBytes: number;
      readonly events: number;
    }
  | { readonly waitMs: number };

/** How the connection ends: in order, in order but only from this side, by a reset, or not at all. */
export type WireEnding = 'fin' | 'half-close' | 'reset' | 'hang';

/** An answer byte for byte. The connection ends with it: the HTTP server beneath does not know that it was given. */
export interface Wire {
  readonly steps: Iterable<WireStep>;
  readonly ending: WireEnding;
}

/** An answer as it is to be written: what the dialect said, after a fault had its way with it. */
export interface Delivery {
  /** Milliseconds before anything happens, besides the pace. */
  readonly delayMs: number;
  /** `undefined`: no head is ever sent. */
  readonly head: Head | undefined;
  /** The body. When it is not streamed: at most one event. */
  readonly events: Iterable<StreamEvent>;
  /** Of an answer that is not streamed: the tokens it stands for. Its head waits until they would have been generated. */
  readonly wholeTokens?: number | undefined;
  /** The connection is cut after so many bytes of the body. */
  readonly limitBytes?: number | undefined;
  /** What comes after the last event: the proper end, a cut connection, or silence. */
  readonly ending: 'finish' | 'cut' | 'hang';
  /** How the characters of the events become bytes; default `utf8`. Bodies that are no text travel as `latin1`, a byte a character. */
  readonly encoding?: 'latin1' | undefined;
  /** What the whole answer costs; absent when it costs nothing. */
  readonly billed?: BilledTokens | undefined;
  /** The events say themselves when they are due. */
  readonly timed?: boolean | undefined;
  /** Written in place of all that, past the HTTP server; the status of the head is only noted. */
  readonly wire?: Wire | undefined;
}

function asRecorded({ status, billed }: Reply, recorded: RecordedWire): Delivery {
  const { headers, reads, delayMs, timed, broken } = recorded;
  const ending = broken ? 'cut' : 'finish';
  return { delayMs, head: { status, headers }, events: reads, ending, encoding: 'latin1', timed, billed };
}

/** `exact`: an answer that was once recorded is written as it came then, and not event by event. */
export function deliveryOf(reply: Reply, exact = false): Delivery {
  const { status, headers, billed, recorded } = reply;
  if (exact && recorded !== undefined) return asRecorded(reply, recorded);
  const head = { status, headers };
  const ending = recorded?.broken ? 'cut' : 'finish';
  if (reply.kind === 'stream') return { delayMs: 0, head, events: reply.events, ending, billed };
  if (reply.kind === 'binary') {
    const whole: StreamEvent = { bytes: reply.body.toString('latin1'), tokens: 0, kind: 'content' };
    return { delayMs: 0, head, events: [whole], wholeTokens: 0, ending, encoding: 'latin1', billed };
  }
  const event: StreamEvent = { bytes: reply.body, tokens: reply.tokens, kind: 'content' };
  return { delayMs: 0, head, events: [event], wholeTokens: reply.tokens, ending, billed };
}
