import type { Violation } from '../../refusals/violation.ts';
import { violation } from '../../refusals/violation.ts';
import type { Fields } from '../walk.ts';
import { isObject } from '../walk.ts';
import type { Check } from './facts.ts';
import { given } from './facts.ts';
import { chatImage } from './images.ts';

export function objectsIn(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

const ORPHAN =
  "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
const UNANSWERED =
  "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ";

/** Ids of calls that wait for their answer while the messages are read in order. */
export const toolTurns: Check = ({ body }) => {
  const messages = objectsIn(body['messages']);
  let open = new Set<unknown>();
  const unanswered = (at: number): Violation | undefined =>
    open.size === 0 ? undefined : violation(`${UNANSWERED}${[...open].join(', ')}`, `messages.[${at}].role`);
  for (const [at, message] of messages.entries()) {
    if (message['role'] === 'tool') {
      if (!open.delete(message['tool_call_id'])) return violation(ORPHAN, `messages.[${at}].role`);
      continue;
    }
    const waiting = unanswered(at);
    if (waiting) return waiting;
    open = new Set(objectsIn(message['tool_calls']).map((call) => call['id']));
  }
  return unanswered(messages.length - 1);
};

/** An assistant turn says something: text, a refusal, audio or calls. */
export const emptyTurns: Check = ({ body }) => {
  const at = objectsIn(body['messages']).findIndex(
    (message) =>
      message['role'] === 'assistant' &&
      ['content', 'refusal', 'audio', 'tool_calls', 'function_call'].every((name) => !given(message, name)),
  );
  if (at < 0) return undefined;
  return violation("Invalid value for 'content': expected a string, got null.", `messages.[${at}].content`);
};

export const images: Check = ({ body }) => {
  for (const message of objectsIn(body['messages'])) {
    for (const part of objectsIn(message['content'])) {
      const image = part['image_url'];
      const found = isObject(image) && typeof image['url'] === 'string' ? chatImage(image['url']) : undefined;
      if (found) return found;
    }
  }
  return undefined;
};

export const developerRole: Check = ({ body, profile }) => {
  if (profile.developerRole) return undefined;
  const at = objectsIn(body['messages']).findIndex((message) => message['role'] === 'developer');
  if (at < 0) return undefined;
  const path = `messages[${at}].role`;
  const message = `Unsupported value: '${path}' does not support 'developer' with this model.`;
  return violation(message, path, 'unsupported_value');
};

/** Everything that was said, for rules about words. */
export function textsOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textsOf).join('\n');
  if (!isObject(value)) return '';
  return [value['content'], value['text'], value['output'], value['arguments']].map(textsOf).join('\n');
}

export function mentionsJson(texts: unknown): boolean {
  return /json/i.test(textsOf(texts));
}
