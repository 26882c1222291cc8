import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { lastUserMessage, SHAPES, type RequestFamily } from './shapes.ts';
import { truncateParts } from './truncation.ts';

/** The body whose last user text has no more than `limit` code points; the same object where it has no more. */
export function truncateRequest(family: RequestFamily, body: JsonObject, limit: number): JsonObject {
  const { list, content: contentName } = SHAPES[family];
  const whole = body[list];
  if (typeof whole === 'string') {
    const text = truncated(whole, limit);
    return text === whole ? body : { ...body, [list]: text };
  }
  const message = lastUserMessage(family, body);
  const content = message?.[contentName];
  if (message === undefined || content === undefined) return body;
  const cut = typeof content === 'string' ? truncated(content, limit) : cutParts(family, content, limit);
  if (cut === content) return body;
  const changed = { ...message, [contentName]: cut };
  return { ...body, [list]: Array.isArray(whole) ? whole.map((one) => (one === message ? changed : one)) : changed };
}

function truncated(text: string, limit: number): string {
  return truncateParts([text], limit)[0] ?? text;
}

/** Parts that are left without text are left out: providers refuse empty ones. */
function cutParts(family: RequestFamily, content: Json, limit: number): Json {
  if (!Array.isArray(content)) return content;
  const { isText } = SHAPES[family];
  const isTextPart = (part: Json): part is JsonObject => isJsonObject(part) && isText(part);
  const texts = content.filter(isTextPart).map(({ text }) => (typeof text === 'string' ? text : ''));
  const cut = truncateParts(texts, limit);
  if (cut === texts) return content;
  let at = 0;
  return content.flatMap((part): Json[] => {
    if (!isTextPart(part)) return [part];
    const text = cut[at] ?? '';
    at += 1;
    return text === '' && part['text'] !== '' ? [] : [{ ...part, text }];
  });
}
