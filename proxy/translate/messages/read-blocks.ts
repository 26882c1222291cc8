import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Citation, MediaPart, MediaSource, Part, ReasoningPart, Seal, TextPart } from '../conversation.ts';
import { unpackSeal } from '../seal.ts';
import { objectList, optionalObject, optionalString, requiredObject, requiredString } from '../values.ts';

/** Blocks of a message or of the system text. `rest` is told what no part holds. Throws ProxyError. */
export function readBlocks(content: Json | undefined, path: string, rest: JsonObject): Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  const parts: Part[] = [];
  /** Seals of the next part, which its own family puts on the part itself. */
  let waiting: Seal | undefined;
  for (const [at, block] of objectList(content, path).entries()) {
    const part = readBlock(block, `${path}[${at}]`, rest);
    if (part === undefined) continue;
    if ('next' in part) {
      waiting = part.next;
      continue;
    }
    if (waiting !== undefined && (part.kind === 'call' || part.kind === 'text')) {
      parts.push({ ...part, seal: waiting });
      waiting = undefined;
    } else parts.push(part);
  }
  // A sealed end of a text that has no text itself.
  if (waiting !== undefined) parts.push({ kind: 'text', text: '', seal: waiting });
  return parts;
}

/** A seal that belongs to the part after it. */
interface NextSeal {
  readonly next: Seal;
}

function readBlock(block: JsonObject, path: string, rest: JsonObject): Part | NextSeal | undefined {
  switch (block['type']) {
    case 'text':
      return readText(block, path);
    case 'image':
    case 'document':
      return readMedia(block, path, rest);
    case 'tool_use':
      return {
        kind: 'call',
        id: requiredString(block['id'], `${path}.id`),
        name: requiredString(block['name'], `${path}.name`),
        input: JSON.stringify(optionalObject(block['input'], `${path}.input`) ?? {}),
        cacheControl: cacheControl(block, path),
      };
    case 'tool_result':
      return readResult(block, path, rest);
    case 'thinking':
      return readThought(block, path);
    case 'redacted_thinking':
      return readRedacted(requiredString(block['data'], `${path}.data`));
    default:
      return { kind: 'foreign', family: 'messages', value: block };
  }
}

function cacheControl(block: JsonObject, path: string): JsonObject | undefined {
  return optionalObject(block['cache_control'], `${path}.cache_control`);
}

function readText(block: JsonObject, path: string): TextPart {
  const citations = objectList(block['citations'], `${path}.citations`).map(readCitation);
  return {
    kind: 'text',
    text: requiredString(block['text'], `${path}.text`),
    ...(citations.length === 0 ? {} : { citations }),
    cacheControl: cacheControl(block, path),
  };
}

/** A citation of Anthropic's, of a request or an answer. */
export function readCitation(citation: JsonObject): Citation {
  const text = (name: string) => (typeof citation[name] === 'string' ? citation[name] : undefined);
  return {
    url: text('url') ?? text('source'),
    title: text('title') ?? text('document_title'),
    text: text('cited_text'),
    own: { family: 'messages', value: citation },
  };
}

function readThought(block: JsonObject, path: string): ReasoningPart | NextSeal {
  const text = optionalString(block['thinking'], `${path}.thinking`) ?? '';
  const signature = optionalString(block['signature'], `${path}.signature`) ?? '';
  const packed = unpackSeal(signature);
  if (packed?.next === true) return { next: packed.seal };
  if (packed !== undefined) return { kind: 'reasoning', text, seal: packed.seal };
  return { kind: 'reasoning', text, seal: { family: 'messages', value: signature } };
}

function readRedacted(data: string): ReasoningPart {
  const seal = unpackSeal(data)?.seal ?? { family: 'messages', value: data };
  return { kind: 'reasoning', text: '', seal, redacted: true };
}

function readResult(block: JsonObject, path: string, rest: JsonObject): Part {
  const content = block['content'];
  const parts =
    content === undefined || content === null
      ? []
      : readBlocks(content, `${path}.content`, rest).flatMap((part): (TextPart | MediaPart)[] => {
          if (part.kind === 'text' || part.kind === 'image' || part.kind === 'document') return [part];
          return part.kind === 'foreign' ? [{ kind: 'text', text: foreignText(part.value) }] : [];
        });
  return {
    kind: 'result',
    callId: requiredString(block['tool_use_id'], `${path}.tool_use_id`),
    parts,
    ...(block['is_error'] === true ? { isError: true as const } : {}),
    cacheControl: cacheControl(block, path),
  };
}

/** A search result says its title, source and text; other blocks of a result are told as JSON. */
function foreignText(block: JsonObject): string {
  if (block['type'] !== 'search_result') return JSON.stringify(block);
  const lines = [block['title'], block['source']].filter((line) => typeof line === 'string');
  const content = Array.isArray(block['content']) ? block['content'] : [];
  for (const item of content) if (isJsonObject(item) && typeof item['text'] === 'string') lines.push(item['text']);
  return lines.join('\n');
}

function readMedia(block: JsonObject, path: string, rest: JsonObject): Part {
  const kind = block['type'] === 'image' ? 'image' : 'document';
  const source = readSource(requiredObject(block['source'], `${path}.source`), `${path}.source`);
  if (source === undefined) return { kind: 'foreign', family: 'messages', value: block };
  for (const name of ['context', 'citations']) {
    if (isSet(block[name])) rest[`messages[].content[].${name}`] = block[name] ?? null;
  }
  return {
    kind,
    source,
    name: optionalString(block['title'], `${path}.title`),
    cacheControl: cacheControl(block, path),
  };
}

function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null && !(isJsonObject(value) && value['enabled'] === false);
}

function readSource(source: JsonObject, path: string): MediaSource | undefined {
  switch (source['type']) {
    case 'base64':
      return {
        kind: 'data',
        mediaType: requiredString(source['media_type'], `${path}.media_type`),
        base64: requiredString(source['data'], `${path}.data`),
      };
    case 'text':
      return {
        kind: 'data',
        mediaType: 'text/plain',
        base64: Buffer.from(requiredString(source['data'], `${path}.data`)).toString('base64'),
      };
    case 'url':
      return { kind: 'url', url: requiredString(source['url'], `${path}.url`) };
    case 'file':
      return { kind: 'file', id: requiredString(source['file_id'], `${path}.file_id`) };
    default:
      return undefined;
  }
}
