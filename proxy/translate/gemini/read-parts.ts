import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type {
  CallPart,
  MediaPart,
  MediaSource,
  Part,
  ReasoningPart,
  ResultPart,
  Seal,
  TextPart,
} from '../conversation.ts';
import { unpackSeal, type PackedSeal } from '../seal.ts';
import { objectList, optionalObject, optionalString, requiredString } from '../values.ts';
import { camel } from './names.ts';

/** What Google documents for a call whose signature is not known. */
export const NO_SIGNATURE = 'skip_thought_signature_validator';

/** What ids of calls begin with that the client's history does not name. */
const INVENTED = 'gcall_';

/** Whether the id was made here for a call without one. */
export function isInvented(id: string): boolean {
  return id.startsWith(INVENTED);
}

/** Reads the parts of a request's contents, in their order: results without an id belong to the calls of the turn before. */
export class PartReader {
  private calls = 0;
  /** Calls of the last turn of the model that have no result yet. */
  private open: { readonly id: string; readonly name: string }[] = [];

  /** A content's parts, after those of the content before where that has the same role (a chat keeps every chunk of a stream). */
  read(given: JsonObject, path: string, role: 'user' | 'assistant', before: Part[] = []): Part[] {
    const content = camel(given);
    if (role === 'assistant' && before.length === 0) this.open = [];
    const { parts } = content;
    const list = typeof parts === 'string' ? [{ text: parts }] : isJsonObject(parts) ? [parts] : parts;
    const result = before;
    for (const [at, part] of objectList(list, `${path}.parts`).entries()) {
      const read = this.part(camel(part), `${path}.parts[${at}]`);
      const last = result.at(-1);
      const joined = role === 'assistant' && last !== undefined ? joinPieces(last, read) : undefined;
      if (joined === undefined) result.push(read);
      else result[result.length - 1] = joined;
    }
    return result;
  }

  private part(part: JsonObject, path: string): Part {
    if (part['thought'] === true) return readThought(part, path);
    if (part['functionCall'] !== undefined) return this.call(part, path);
    if (part['functionResponse'] !== undefined) return this.response(part, path);
    if (typeof part['text'] === 'string') return readText(part['text'], part, path);
    // How a video is cut has no word elsewhere.
    const media = part['videoMetadata'] === undefined ? readMedia(part, path) : undefined;
    return media ?? { kind: 'foreign', family: 'gemini', value: part };
  }

  private call(part: JsonObject, path: string): CallPart {
    const call = camel(optionalObject(part['functionCall'], `${path}.functionCall`) ?? {});
    const name = requiredString(call['name'], `${path}.functionCall.name`);
    const given = optionalString(call['id'], `${path}.functionCall.id`) ?? '';
    this.calls += 1;
    const id = given === '' ? `${INVENTED}${this.calls}` : given;
    this.open.push({ id, name });
    return {
      kind: 'call',
      id,
      name,
      input: JSON.stringify(optionalObject(call['args'], `${path}.functionCall.args`) ?? {}),
      ...sealOf(part, path),
    };
  }

  private response(part: JsonObject, path: string): ResultPart {
    const at = `${path}.functionResponse`;
    const response = camel(optionalObject(part['functionResponse'], at) ?? {});
    const name = requiredString(response['name'], `${at}.name`);
    const id = optionalString(response['id'], `${at}.id`) ?? '';
    const place = this.open.findIndex((call) => (id === '' ? call.name === name : call.id === id));
    const [call] = place === -1 ? [] : this.open.splice(place, 1);
    const media = objectList(response['parts'], `${at}.parts`).flatMap((item, n) => {
      const read = readMedia(camel(item), `${at}.parts[${n}]`);
      return read === undefined ? [] : [read];
    });
    const content = readResponse(optionalObject(response['response'], `${at}.response`) ?? {});
    this.calls += 1;
    return {
      kind: 'result',
      callId: call?.id ?? (id === '' ? `${INVENTED}${this.calls}` : id),
      name,
      parts: [{ kind: 'text', text: content.text }, ...media],
      ...(content.isError ? { isError: true } : {}),
    };
  }
}

/** What a text or a failure was wrapped in is taken off; any other object is told as JSON. */
function readResponse(response: JsonObject): { text: string; isError: boolean } {
  const names = Object.keys(response);
  const { result, error } = response;
  if (names.length === 1 && typeof error === 'string') return { text: error, isError: true };
  if (names.length === 1 && typeof result === 'string') return { text: result, isError: false };
  return { text: JSON.stringify(response), isError: false };
}

function readText(text: string, part: JsonObject, path: string): TextPart {
  return { kind: 'text', text, ...sealOf(part, path) };
}

/** A part's signature: packed by the proxy, or Google's own. */
function packedOf(part: JsonObject, path: string): PackedSeal | undefined {
  const signature = optionalString(part['thoughtSignature'], `${path}.thoughtSignature`);
  if (signature === undefined || signature === '' || signature === NO_SIGNATURE) return undefined;
  return unpackSeal(signature) ?? { seal: { family: 'gemini', value: signature } };
}

function sealOf(part: JsonObject, path: string): { seal?: Seal } {
  const packed = packedOf(part, path);
  return packed === undefined ? {} : { seal: packed.seal };
}

/** A thought without a signature is Google's own all the same. */
function readThought(part: JsonObject, path: string): ReasoningPart {
  const packed = packedOf(part, path);
  return {
    kind: 'reasoning',
    text: optionalString(part['text'], `${path}.text`) ?? '',
    seal: packed?.seal ?? { family: 'gemini', value: '' },
    ...(packed?.redacted === true ? { redacted: true } : {}),
  };
}

/** One part of two pieces of a streamed text or thought; the last piece of a thought may carry its signature. */
function joinPieces(first: Part, next: Part): Part | undefined {
  if (first.kind === 'text' && next.kind === 'text') {
    return first.seal === undefined && next.seal === undefined
      ? { kind: 'text', text: first.text + next.text }
      : undefined;
  }
  if (first.kind !== 'reasoning' || next.kind !== 'reasoning' || next.redacted) return undefined;
  if (first.seal?.family !== 'gemini' || first.seal.value !== '') return undefined;
  return { kind: 'reasoning', text: first.text + next.text, seal: next.seal };
}

function readMedia(part: JsonObject, path: string): MediaPart | undefined {
  const inline = part['inlineData'];
  const file = part['fileData'];
  const holder = isJsonObject(inline) ? inline : isJsonObject(file) ? file : undefined;
  if (holder === undefined) return undefined;
  const data = camel(holder);
  const mediaType = optionalString(data['mimeType'], `${path}.mimeType`);
  const name = optionalString(data['displayName'], `${path}.displayName`);
  const source: MediaSource = isJsonObject(inline)
    ? { kind: 'data', mediaType: mediaType ?? 'application/octet-stream', base64: base64Of(data['data'], path) }
    : fileSource(requiredString(data['fileUri'], `${path}.fileData.fileUri`), mediaType);
  return { kind: kindOf(mediaType), source, ...(name === undefined ? {} : { name }) };
}

/** Google takes base64 with either alphabet; others take the plain one. */
function base64Of(value: Json | undefined, path: string): string {
  return requiredString(value, `${path}.inlineData.data`).replaceAll('-', '+').replaceAll('_', '/');
}

function fileSource(uri: string, mediaType: string | undefined): MediaSource {
  const isKept = /^https:\/\/[^/]*googleapis\.com\/.*files\//.test(uri) || !/^https?:/.test(uri);
  return isKept ? { kind: 'file', id: uri, mediaType } : { kind: 'url', url: uri, mediaType };
}

function kindOf(mediaType: string | undefined): MediaPart['kind'] {
  const [family] = (mediaType ?? '').split('/');
  return family === 'image' || family === 'audio' ? family : 'document';
}
