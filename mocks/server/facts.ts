import type { RequestFacts } from '../rules/match.ts';

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** Text of a `content` field or an `input` item: a string, or parts that have a `text`. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts = content.map((part) => (typeof part === 'string' ? part : fieldsOf(part)?.['text']));
  return texts.filter((text) => typeof text === 'string').join('\n');
}

function lastUserText(messages: readonly unknown[]): string {
  const last = messages.findLast((message) => fieldsOf(message)?.['role'] === 'user');
  return textOf(fieldsOf(last)?.['content']);
}

/** The text that rules are matched with: chat's last user message; instructions and the last user input of Responses; a prompt. */
export function askedText(body: unknown): string {
  const fields = fieldsOf(body);
  if (fields === undefined) return '';
  const { messages, instructions, input, prompt } = fields;
  if (Array.isArray(messages)) return lastUserText(messages);
  if (input === undefined) return textOf(prompt);
  const asked = Array.isArray(input) && input.some((item) => fieldsOf(item)) ? lastUserText(input) : textOf(input);
  return typeof instructions === 'string' ? `${instructions}\n${asked}` : asked;
}

export interface RequestParts {
  readonly operation: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export function factsOf({ operation, headers, query, body }: RequestParts): RequestFacts {
  const fields = fieldsOf(body);
  const model = fields?.['model'];
  let text: string | undefined;
  return {
    operation,
    model: typeof model === 'string' ? model : undefined,
    stream: fields?.['stream'] === true || query.get('stream') === 'true',
    headers,
    text: () => (text ??= askedText(body)),
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
