import { isJsonObject } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import { parseObject } from '../../wire/json-object.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { objectsOf } from './completion-chunk.ts';

/** Members of a delta that are generated; the others name roles and ids. */
const GENERATED = new Set([
  'content',
  'refusal',
  'reasoning',
  'reasoning_content',
  'arguments',
  'name',
  'input',
  'text',
]);

/** Text that a chunk of chat or legacy completions carries, over all its choices. */
export function chunkText(event: Buffer): string {
  const choices = objectsOf(parseObject(parseEvent(event).data)?.['choices']);
  return choices.map(({ delta, text }) => generated(delta ?? null) + (typeof text === 'string' ? text : '')).join('');
}

/** Text of a Responses event that carries a delta; whole items and parts only repeat what deltas have said. */
export function responseText(event: Buffer): string {
  const payload = parseObject(parseEvent(event).data);
  const { type, delta } = payload ?? {};
  return typeof type === 'string' && type.endsWith('.delta') && typeof delta === 'string' ? delta : '';
}

function generated(value: Json): string {
  if (Array.isArray(value)) return value.map(generated).join('');
  if (!isJsonObject(value)) return '';
  return Object.entries(value)
    .map(([name, member]) => (typeof member === 'string' ? (GENERATED.has(name) ? member : '') : generated(member)))
    .join('');
}
