import { asText, objectsIn } from '../../dialects/content.ts';
import type { Body } from '../../dialects/validate.ts';
import { isBody } from '../../dialects/validate.ts';
import type { ClientEvent } from './client-events.ts';
import type { Entry } from './conversation.ts';
import { retrieved, shownItem, soundIn, soundMs } from './conversation.ts';
import { heard } from './heard.ts';
import type { Refusal } from './refusal.ts';
import { invalidValue, missing, refusal } from './refusal.ts';
import { bytesPerMs, formatOf } from './samples.ts';
import type { RealtimeSession } from './session.ts';

const TYPES = ['message', 'function_call', 'function_call_output', 'mcp_approval_response'];
const ROLES = ['system', 'user', 'assistant'];
const PARTS: Readonly<Record<string, readonly string[]>> = {
  system: ['input_text'],
  user: ['input_text', 'input_audio', 'input_image'],
  assistant: ['output_text', 'output_audio'],
};

function refusedMessage(item: Body): Refusal | undefined {
  const role = asText(item['role']);
  const known = PARTS[role];
  if (known === undefined) return invalidValue('item.role', role, ROLES);
  if (!Array.isArray(item['content'])) return missing('item.content');
  for (const [at, part] of objectsIn(item['content']).entries()) {
    const type = asText(part['type']);
    if (!known.includes(type)) return invalidValue(`item.content[${at}].type`, type, known);
  }
  return undefined;
}

function refusedItem(session: RealtimeSession, item: Body): Refusal | undefined {
  const type = asText(item['type']);
  if (!TYPES.includes(type)) return invalidValue('item.type', type, TYPES);
  const id = asText(item['id']);
  if (session.conversation.find(id) !== undefined) {
    return refusal(
      `Error adding item: an item with id '${id}' already exists.`,
      'item_create_duplicate_item_id',
      'item.id',
    );
  }
  if (type === 'message') return refusedMessage(item);
  const needed =
    type === 'function_call' ? ['name', 'arguments'] : type === 'function_call_output' ? ['call_id', 'output'] : [];
  const absent = needed.find((name) => typeof item[name] !== 'string');
  return absent === undefined ? undefined : missing(`item.${absent}`);
}

function entryOf(session: RealtimeSession, item: Body): Entry {
  const id = asText(item['id']) || session.events.id('item');
  const sound = soundIn(item);
  if (sound === undefined) return { item: shownItem(item, id) };
  const format = formatOf(session.input['format']);
  const [part] = objectsIn(item['content']).filter((one) => typeof one['transcript'] === 'string');
  const words = part === undefined ? undefined : asText(part['transcript']);
  return { item: shownItem(item, id), sound: heard(Buffer.from(sound, 'base64'), format, words) };
}

const create: ClientEvent = (session, event) => {
  const { item } = event;
  if (!isBody(item)) return missing('item');
  const refused = refusedItem(session, item);
  if (refused) return refused;
  const given = event['previous_item_id'];
  const after = typeof given === 'string' ? given : undefined;
  const { conversation } = session;
  if (after !== undefined && after !== 'root' && conversation.find(after) === undefined) {
    const message = `Error adding item: the previous item with id '${after}' does not exist.`;
    return refusal(message, 'item_create_invalid_previous_item_id', 'previous_item_id');
  }
  const entry = entryOf(session, item);
  session.responder.whenFree(() => session.added(entry, after));
  return undefined;
};

function known(session: RealtimeSession, event: Body, verb: string): Entry | Refusal {
  const id = asText(event['item_id']);
  const code = `item_${verb.toLowerCase()}_invalid_item_id`;
  const doing = verb.replace(/e$/, 'ing');
  return (
    session.conversation.find(id) ?? refusal(`Error ${doing} item: the item with id '${id}' does not exist.`, code)
  );
}

const retrieve: ClientEvent = (session, event) => {
  const found = known(session, event, 'retrieve');
  if ('code' in found) return found;
  session.send('conversation.item.retrieved', { item: retrieved(found) });
  return undefined;
};

const remove: ClientEvent = (session, event) => {
  const found = known(session, event, 'delete');
  if ('code' in found) return found;
  const id = asText(event['item_id']);
  session.conversation.delete(id);
  session.send('conversation.item.deleted', { item_id: id });
  return undefined;
};

const truncate: ClientEvent = (session, event) => {
  const found = known(session, event, 'truncate');
  if ('code' in found) return found;
  const { item, sound } = found;
  if (item['role'] !== 'assistant' || sound === undefined) {
    return refusal('Only model output audio messages can be truncated', 'unsupported_content_type');
  }
  const { item_id: id, content_index: index = 0, audio_end_ms: asked } = event;
  if (typeof asked !== 'number') return missing('audio_end_ms');
  const whole = soundMs(sound);
  const end = Math.min(whole, asked);
  if (asked > whole) {
    session.refuse(refusal(`Audio content of ${whole}ms is already shorter than ${asked}ms`, 'invalid_value'), event);
  }
  const bytes = sound.bytes.subarray(0, end * bytesPerMs(sound.format));
  const content = objectsIn(item['content']).map((part) => ({ ...part, transcript: null }));
  session.conversation.replace({ item: { ...item, content }, sound: { ...sound, bytes, words: '' } });
  session.send('conversation.item.truncated', { item_id: id, content_index: index, audio_end_ms: end });
  return undefined;
};

export const ITEM_EVENTS: Readonly<Record<string, ClientEvent>> = {
  'conversation.item.create': create,
  'conversation.item.retrieve': retrieve,
  'conversation.item.delete': remove,
  'conversation.item.truncate': truncate,
};
