import { asText, objectsIn } from '../content.ts';
import { json, quote } from '../json.ts';
import type { Body } from '../validate.ts';
import type { ItemIds } from './ids.ts';

export { inputTurns } from './turns.ts';

/** The request's `input` as a list of items; a string is one message of the user. */
export function inputItems(input: unknown): readonly Body[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  return objectsIn(input);
}

function listedContent(content: unknown, role: string): string {
  if (typeof content !== 'string') return json(content ?? []);
  return role === 'assistant'
    ? `[{"type":"output_text","annotations":[],"logprobs":[],"text":${quote(content)}}]`
    : `[{"type":"input_text","text":${quote(content)}}]`;
}

/** Compact JSON of an input item as `input_items` lists it: with an id, a status, and content in parts. */
function listedItem(item: Body, ids: ItemIds): string {
  const type = asText(item['type']) || 'message';
  const { id: given, type: _type, status: _status, content, role, ...rest } = item;
  if (type === 'message') {
    const id = asText(given) || ids('msg');
    const author = asText(role) || 'user';
    if (typeof content === 'string' && author !== 'assistant') {
      // Most items, and kept with the response: one text, where one that is put together stays many.
      return json({ id, type, status: 'completed', content: [{ type: 'input_text', text: content }], role: author });
    }
    return `{"id":${quote(id)},"type":"message","status":"completed","content":${listedContent(content, author)},"role":${quote(author)}}`;
  }
  const id = asText(given) || ids(type.startsWith('custom') ? 'ctc' : type === 'reasoning' ? 'rs' : 'fc');
  const status = type === 'reasoning' || type === 'item_reference' ? '' : '"status":"completed",';
  const fields = json(content === undefined ? rest : { content, ...rest }).slice(1);
  return `{"id":${quote(id)},"type":${quote(type)},${fields === '}' ? status.slice(0, -1) : status}${fields}`;
}

export function listedItems(items: readonly Body[], ids: ItemIds): readonly string[] {
  return items.map((item) => listedItem(item, ids));
}
