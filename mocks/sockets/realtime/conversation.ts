import { asText, objectsIn } from '../../dialects/content.ts';
import type { Body } from '../../dialects/validate.ts';
import { isBody } from '../../dialects/validate.ts';
import type { SoundFormat } from './samples.ts';
import { bytesPerMs } from './samples.ts';

/** Sound of an item, and what it says. */
export interface Sound {
  readonly bytes: Buffer;
  readonly format: SoundFormat;
  readonly words: string;
}

/** An item as events show it, with what they do not show. */
export interface Entry {
  readonly item: Body;
  readonly sound?: Sound | undefined;
}

export const soundMs = ({ bytes, format }: Sound): number => Math.floor(bytes.length / bytesPerMs(format));

/** The items of one conversation in their order. */
export class Conversation {
  #entries: Entry[] = [];

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get lastId(): string | null {
    return idOf(this.#entries.at(-1));
  }

  find(id: string): Entry | undefined {
    return this.#entries.find(({ item }) => item['id'] === id);
  }

  /** The id before an item; null for the first one. */
  before(id: string): string | null {
    const at = this.#entries.findIndex(({ item }) => item['id'] === id);
    return at < 1 ? null : idOf(this.#entries[at - 1]);
  }

  /** As the provider announces a finished item of a response: no predecessor where that is the first item. */
  beforeWhenDone(id: string): string | null {
    const before = this.before(id);
    return before === idOf(this.#entries[0]) ? null : before;
  }

  /** `after`: the id of the item before it, `root` for the front, undefined for the end. */
  add(entry: Entry, after?: string): void {
    if (after === 'root') this.#entries.unshift(entry);
    else if (after === undefined) this.#entries.push(entry);
    else this.#entries.splice(this.#entries.findIndex(({ item }) => item['id'] === after) + 1, 0, entry);
  }

  replace(entry: Entry): void {
    this.#entries = this.#entries.map((one) => (one.item['id'] === entry.item['id'] ? entry : one));
  }

  delete(id: string): void {
    this.#entries = this.#entries.filter(({ item }) => item['id'] !== id);
  }
}

function idOf(entry: Entry | undefined): string | null {
  return asText(entry?.item['id']) || null;
}

/** The item with its sound, as `conversation.item.retrieved` shows it. */
export function retrieved({ item, sound }: Entry): Body {
  if (sound === undefined) return item;
  const content = objectsIn(item['content']).map((part) =>
    asText(part['type']).endsWith('audio') ? { ...part, audio: sound.bytes.toString('base64') } : part,
  );
  return { ...item, content };
}

function spokenPart(part: Body, sound: Sound | undefined): Body {
  const type = asText(part['type']);
  const words = asText(part['transcript']) || (sound?.words ?? '');
  if (type === 'input_audio') return { type: 'input_text', text: words };
  return type === 'output_audio' ? { type: 'output_text', text: words } : part;
}

/** The item as a Responses request would have it: sound becomes its words. */
export function asInput({ item, sound }: Entry): Body {
  if (item['type'] !== 'message') return item;
  return { ...item, content: objectsIn(item['content']).map((part) => spokenPart(part, sound)) };
}

/** Words that were said, of one item. */
export function wordsOf({ item, sound }: Entry): string {
  const parts = objectsIn(item['content']).map((part) => asText(part['text']) || asText(part['transcript']));
  return parts.join('') || (sound?.words ?? '');
}

const PART_ORDER = ['type', 'text', 'image_url', 'detail', 'transcript'];

/** A content part as events show it: without sound, a transcript where there is sound. */
function shownPart(part: Body): Body {
  const { audio: _audio, ...rest } = part;
  const spoken = asText(part['type']).endsWith('audio') ? { transcript: part['transcript'] ?? null } : {};
  const known = PART_ORDER.filter((name) => rest[name] !== undefined).map((name) => [name, rest[name]]);
  return { ...Object.fromEntries(known), ...spoken };
}

/** An item of a client as events show it, in the order of their keys. */
export function shownItem(given: Body, id: string): Body {
  const { type } = given;
  if (type === 'message') {
    const content = objectsIn(given['content']).map(shownPart);
    return { id, type, status: given['status'] ?? 'completed', role: given['role'], content };
  }
  if (type === 'function_call') {
    const { name, call_id: called, arguments: input } = given;
    return { id, type, status: given['status'] ?? 'completed', name, call_id: called, arguments: input };
  }
  if (type === 'function_call_output') return { id, type, call_id: given['call_id'], output: given['output'] };
  return { ...given, id };
}

/** Sound that a client put into an item, as base64. */
export function soundIn(given: Body): string | undefined {
  const part = objectsIn(given['content']).find((one) => typeof one['audio'] === 'string');
  return isBody(part) ? asText(part['audio']) : undefined;
}
