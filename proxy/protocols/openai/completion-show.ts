import { scanAnswer } from '../../wire/json-scan.ts';
import { spliceMembers } from '../../wire/json-splice.ts';
import type { JsonEdit } from '../../wire/json-splice.ts';
import { dataBytes, replaceData } from '../../wire/sse-event.ts';
import type { StreamView } from '../types.ts';

const USAGE_NULL = Buffer.from(',"usage":null');
const USAGE = '"usage":';
const OBFUSCATION_PREFIX = Buffer.from(',"obfuscation":"');
const OBFUSCATION = '"obfuscation":';
/** `Protocol.marks` of chat and legacy completions. */
export const MARKS = ['"usage"', '"obfuscation"'];
const CLOSE_BRACE = 125;
const QUOTE = 34;

/**
 * A chunk of chat or legacy completions as the client asked for it: without the usage chunk and `"usage":null`, without
 * `obfuscation`. The real API writes both at the very end, where they are found by looking back from the last brace: the
 * object that it closes is the outermost, and no quote within a string stands unescaped behind a comma.
 */
export function showChunk(event: Buffer, view: StreamView): Buffer | undefined {
  if (view.includeUsage && view.includeObfuscation) return event;
  const close = closingBrace(event);
  if (close === -1) return event;
  const usageEnd = obfuscationStart(event, close) ?? close;
  const usageStart = endsWith(event, USAGE_NULL, usageEnd) ? usageEnd - USAGE_NULL.length : usageEnd;
  if (!view.includeUsage && usageStart === usageEnd && holds(event, USAGE)) return showParsed(event, view);
  if (!view.includeObfuscation && usageEnd === close && holds(event, OBFUSCATION)) return showParsed(event, view);
  // Both stand side by side, so what is hidden is one range.
  return without(event, view.includeUsage ? usageEnd : usageStart, view.includeObfuscation ? usageEnd : close);
}

/** A Responses event without `obfuscation` for a client that refused it. */
export function showWithoutObfuscation(event: Buffer, view: StreamView): Buffer {
  if (view.includeObfuscation || !holds(event, OBFUSCATION)) return event;
  return spliceEvent(event, [{ op: 'remove', key: 'obfuscation' }]);
}

/** A search in a string is four times as fast as one in a buffer, the conversion included. */
function holds(event: Buffer, text: string): boolean {
  return event.toString('latin1').includes(text);
}

function closingBrace(event: Buffer): number {
  let at = event.length - 1;
  while (event[at] === 10 || event[at] === 13) at -= 1;
  return event[at] === CLOSE_BRACE ? at : -1;
}

function obfuscationStart(event: Buffer, close: number): number | undefined {
  if (event[close - 1] !== QUOTE) return undefined;
  let at = close - 2;
  while (isAlphanumeric(event[at])) at -= 1;
  if (event[at] !== QUOTE || !endsWith(event, OBFUSCATION_PREFIX, at + 1)) return undefined;
  return at + 1 - OBFUSCATION_PREFIX.length;
}

function isAlphanumeric(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
}

/** Whether `text` stands right before offset `end`. */
function endsWith(event: Buffer, text: Buffer, end: number): boolean {
  const start = end - text.length;
  if (start < 0) return false;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (event[start + at] !== text[at]) return false;
  }
  return true;
}

function without(event: Buffer, from: number, to: number): Buffer {
  if (from === to) return event;
  const shown = Buffer.allocUnsafe(event.length - (to - from));
  event.copy(shown, 0, 0, from);
  event.copy(shown, from, to);
  return shown;
}

/** The same for chunks written in another order or with spaces. */
function showParsed(event: Buffer, view: StreamView): Buffer | undefined {
  const data = dataBytes(event);
  if (data === undefined) return event;
  const values = new Map(
    scanAnswer(data).members.map(({ key, valueStart, valueEnd }) => [
      key,
      data.toString('latin1', valueStart, valueEnd),
    ]),
  );
  const edits: JsonEdit[] = [];
  if (!view.includeUsage) {
    const usage = values.get('usage');
    if (usage?.startsWith('{') && /^(?:\[\s*\]|null|)$/.test(values.get('choices') ?? '')) return undefined;
    // Some servers have it beside the choices of the last chunk, or of every chunk.
    if (usage === 'null' || usage?.startsWith('{')) edits.push({ op: 'remove', key: 'usage' });
  }
  if (!view.includeObfuscation) edits.push({ op: 'remove', key: 'obfuscation' });
  return spliceEvent(event, edits);
}

function spliceEvent(event: Buffer, edits: readonly JsonEdit[]): Buffer {
  const data = dataBytes(event);
  if (data === undefined) return event;
  const shown = spliceMembers(data, scanAnswer(data), edits);
  return shown === data ? event : replaceData(event, shown);
}
