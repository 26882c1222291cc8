import { promptText } from '../dialects/index.ts';
import { requestKey } from '../dialects/keys.ts';
import type { ObjectStore } from '../dialects/reply.ts';
import { lastUserText } from '../generation/prompt.ts';
import type { Conversation, RequestFacts } from '../rules/facts.ts';
import type { History } from './conversation.ts';
import { conversationIn } from './conversation.ts';
import type { Route } from './router.ts';

/** Operations that generate: rules that name no operation answer only those. */
const GENERATING = new Set([
  'chat.completions',
  'completions',
  'responses',
  'audio.transcriptions',
  'audio.translations',
  'threads.create_and_run',
  'threads.runs.create',
  'threads.runs.submit_tool_outputs',
]);

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The text that rules are matched with: the last user text, after the instructions of a Responses request. */
export function askedText(body: unknown): string {
  const instructions = fieldsOf(body)?.['instructions'];
  const asked = promptText(body);
  return typeof instructions === 'string' ? `${instructions}\n${asked}` : asked;
}

export interface RequestParts {
  readonly operation: string | undefined;
  /** Absent where the request is no HTTP request of an operation. */
  readonly route?: Route | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly history?: History;
  /** What the provider keeps. */
  readonly objects?: Pick<ObjectStore, 'get'>;
}

export function factsOf(parts: RequestParts): RequestFacts {
  const { operation, route, headers, query, body, history = () => [], objects } = parts;
  const fields = fieldsOf(body);
  const reads = route?.operation.reads;
  const asked = { params: route?.params ?? {}, query, body };
  const model = reads?.model === undefined ? fields?.['model'] : reads.model(asked);
  const streams = (): boolean => fields?.['stream'] === true || query.get('stream') === 'true';
  let kept: { readonly body: unknown } | undefined;
  const whole = (): unknown =>
    (kept ??= { body: reads?.whole === undefined || objects === undefined ? body : reads.whole(body, objects) }).body;
  let text: string | undefined;
  let said: Conversation | undefined;
  return {
    operation,
    generates: route?.operation.generates ?? (operation !== undefined && GENERATING.has(operation)),
    model: typeof model === 'string' ? model : undefined,
    stream: reads?.stream === undefined ? streams() : reads.stream(asked),
    headers,
    key: () => requestKey(headers, query),
    body,
    text: () => (text ??= reads?.turns === undefined ? askedText(body) : lastUserText(reads.turns(whole()))),
    conversation: () => (said ??= conversationIn(whole(), history, reads)),
  };
}

/** Takes `test_delay_ms` (milliseconds before the first event) out of the body: dialects know no such field. */
export function takeTestDelay(body: unknown): { readonly body: unknown; readonly delayMs: number | undefined } {
  const fields = fieldsOf(body);
  if (fields === undefined || !('test_delay_ms' in fields)) return { body, delayMs: undefined };
  const { test_delay_ms: delay, ...rest } = fields;
  const usable = typeof delay === 'number' && Number.isFinite(delay) && delay >= 0;
  return { body: rest, delayMs: usable ? delay : undefined };
}
