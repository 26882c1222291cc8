import type { AnswerFacts, Protocol } from '../protocols/types.ts';
import { parseObject } from '../wire/json-object.ts';
import { parseEvent } from '../wire/sse-event.ts';
import { type Rest, splitEvents } from '../wire/sse.ts';

/** A whole stream with its verdict. */
export interface JudgedStream {
  readonly bytes: Buffer;
  readonly events: readonly Buffer[];
  readonly facts: AnswerFacts;
}

const LF = 10;

/**
 * What stood behind the last blank line of a stream, closed with one; undefined where it is torn. Some servers leave the
 * last blank line out; an event whose payload is whole has arrived all the same.
 */
export function closedEvent({ bytes, whole }: Rest): Buffer | undefined {
  if (whole) return bytes;
  const { data } = parseEvent(bytes);
  if (data.trim() !== '[DONE]' && parseObject(data) === undefined) return undefined;
  const end = bytes[bytes.length - 1] === LF ? '\n' : '\n\n';
  return Buffer.concat([bytes, Buffer.from(end)]);
}

/** Whether nothing is lost with these bytes: blank lines, comments. */
export function saysNothing({ bytes }: Rest): boolean {
  return bytes
    .toString('latin1')
    .split(/[\r\n]/)
    .every((line) => line === '' || line.startsWith(':'));
}

/** Judges a whole stream. */
export function judgeWhole(protocol: Protocol, bytes: Buffer): JudgedStream {
  const events = splitEvents(bytes);
  return { bytes, events, facts: protocol.judgeStream(events) };
}

/** The stream with the mark that its endpoint left out, where a clean end makes up for it. */
export function withMark(protocol: Protocol, judged: JudgedStream): JudgedStream {
  const { endMark } = protocol;
  if (protocol.endsUnmarked) return { ...judged, facts: endedCleanly(judged.facts) };
  if (judged.facts.unmarked !== true || endMark === undefined) return judged;
  const events = [...judged.events, endMark];
  return { bytes: Buffer.concat([judged.bytes, endMark]), events, facts: protocol.judgeStream(events) };
}

/** The verdict over a stream without a mark, once its answer has ended cleanly. */
export function endedCleanly(facts: AnswerFacts): AnswerFacts {
  const { unmarked: _, ...closed } = facts;
  return closed;
}

/** The verdict over a stream of which something was torn: it may have ended, and is nothing to keep. */
export function torn(facts: AnswerFacts): AnswerFacts {
  if (!facts.complete && facts.atLimit !== true) return facts;
  const { atLimit: _, ...rest } = facts;
  return { ...rest, complete: false, reason: 'the last event is torn' };
}
