import type { Body } from './validate.ts';
import { isBody } from './validate.ts';

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Members of a JSON array that are objects; nothing when it is no array. */
export function objectsIn(value: unknown): readonly Body[] {
  return Array.isArray(value) ? value.filter(isBody) : [];
}

/** Text of `content`: a string, or the `text` and `refusal` of its parts joined by line breaks. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsIn(content)
    .map((part) => asText(part['text']) || asText(part['refusal']))
    .filter((text) => text !== '')
    .join('\n');
}

/** The same, as the model reads it: parts follow each other without a break. */
export function joinedText(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsIn(content)
    .map((part) => asText(part['text']) || asText(part['refusal']))
    .join('');
}

export function optionalInteger(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}
