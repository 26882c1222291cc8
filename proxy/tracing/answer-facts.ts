import type { TracedContent } from '../telemetry/exchange-trace.ts';

/** What an answer says of itself, read at its beginning and its end alone. */
export interface AnsweredWith {
  readonly model?: string;
  readonly finishReasons: readonly string[];
}

const HEAD_BYTES = 2_048;
const TAIL_BYTES = 4_096;

/** A member of the answer itself: within a text its quotation marks would be escaped. Values are words, never sentences. */
const MODEL = /"model"\s*:\s*"([\w.:/@-]{1,128})"/;
const MODEL_VERSION = /"modelVersion"\s*:\s*"([\w.:/@-]{1,128})"/;
const CHAT_REASON = /"finish_reason"\s*:\s*"([a-z_]{1,40})"/g;
const GEMINI_REASON = /"finishReason"\s*:\s*"([A-Z_]{1,40})"/g;
const STOP_REASON = /"stop_reason"\s*:\s*"([a-z_]{1,40})"/g;
const LAST_EVENT = /"type"\s*:\s*"response\.(completed|incomplete|failed)"/g;
const STATUS = /"status"\s*:\s*"(completed|incomplete|failed)"/;

/** Reads model and finish reasons out of an answer in the form of the client's operation. */
export function answeredWith({ operation, answer }: TracedContent): AnsweredWith {
  if (answer === undefined || answer.length === 0) return { finishReasons: [] };
  const head = headOf(answer);
  const tail = tailOf(answer);
  if (operation === 'gemini.generate') {
    const model = MODEL_VERSION.exec(tail) ?? MODEL_VERSION.exec(head);
    return { ...named(model), finishReasons: last(tail, GEMINI_REASON) };
  }
  const model = named(MODEL.exec(head) ?? (operation === 'messages' ? null : MODEL.exec(tail)));
  if (operation === 'messages') return { ...model, finishReasons: last(tail, STOP_REASON) };
  if (operation === 'responses') {
    const ended = last(tail, LAST_EVENT);
    const [, status] = STATUS.exec(head) ?? [];
    return { ...model, finishReasons: ended.length > 0 || status === undefined ? ended : [status] };
  }
  return { ...model, finishReasons: [...tail.matchAll(CHAT_REASON)].map(([, reason = '']) => reason) };
}

function named(match: RegExpExecArray | null): { readonly model?: string } {
  return match?.[1] === undefined ? {} : { model: match[1] };
}

function last(text: string, pattern: RegExp): readonly string[] {
  const reason = [...text.matchAll(pattern)].at(-1)?.[1];
  return reason === undefined ? [] : [reason];
}

function headOf(parts: readonly Buffer[]): string {
  let text = '';
  for (const part of parts) {
    text += part.toString('latin1', 0, HEAD_BYTES - text.length);
    if (text.length >= HEAD_BYTES) break;
  }
  return text;
}

function tailOf(parts: readonly Buffer[]): string {
  let text = '';
  for (let at = parts.length - 1; at >= 0 && text.length < TAIL_BYTES; at -= 1) {
    const part = parts[at];
    if (part) text = part.toString('latin1', Math.max(0, part.length - (TAIL_BYTES - text.length))) + text;
  }
  return text;
}
