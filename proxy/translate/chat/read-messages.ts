import { ProxyError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { missing, wrongType } from '../../protocols/openai/request-body.ts';
import type { CallPart, MediaPart, Part, RefusalPart, ResultPart, TextPart, Turn } from '../conversation.ts';
import { objectOf, requestObjects, textOf } from '../fields.ts';
import { audioType, mediaSource, typeOfName } from '../media.ts';
import { readReasoning, readSeal } from './read-reasoning.ts';

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];

/** Reads `messages`. Results of tools that follow one another make one turn. */
export function readMessages(messages: readonly JsonObject[]): Turn[] {
  const turns: Turn[] = [];
  const calls = new Map<string, CallPart>();
  let results: Part[] | undefined;
  for (const [index, message] of messages.entries()) {
    const at = `messages[${index}]`;
    const role = message['role'];
    if (role === 'tool' || role === 'function') {
      if (results === undefined) turns.push({ role: 'user', parts: (results = []) });
      results.push(readResult(message, at, calls));
      continue;
    }
    results = undefined;
    const turn = readTurn(message, at);
    for (const part of turn.parts) if (part.kind === 'call') calls.set(part.id, part);
    turns.push(turn);
  }
  return turns;
}

function readTurn(message: JsonObject, at: string): Turn {
  const { role, name } = message;
  const named = typeof name === 'string' && name !== '' ? { name } : {};
  if (role === 'assistant') return { role, parts: readAssistant(message, at), ...named };
  if (role !== 'user' && role !== 'system' && role !== 'developer') throw badRole(role, at);
  const content = message['content'];
  if (content === undefined || content === null) throw missing(`${at}.content`);
  return { role, parts: readContent(content, `${at}.content`), ...named };
}

function badRole(role: Json | undefined, at: string): ProxyError {
  if (role === undefined) return missing(`${at}.role`);
  const values = ROLES.map((value) => `'${value}'`).join(', ');
  return new ProxyError('invalid_value', `Invalid value: '${textOf(role) ?? ''}'. Supported values are: ${values}.`, {
    param: `${at}.role`,
  });
}

type ContentPart = TextPart | MediaPart | RefusalPart;

/** Text or parts. Empty text is no part. */
function readContent(content: Json, param: string): ContentPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw wrongType(param, 'one of a string or an array of objects', content);
  return requestObjects(content, param).flatMap((part, index) => readPart(part, `${param}[${index}]`));
}

function readPart(part: JsonObject, param: string): ContentPart[] {
  const mark = objectOf(part['cache_control']);
  const marked = mark === undefined ? {} : { cacheControl: mark };
  switch (part['type']) {
    case 'text':
    case 'input_text':
    case 'output_text': {
      const text = textOf(part['text']);
      return text === undefined ? [] : [{ kind: 'text', text, ...marked }];
    }
    case 'refusal':
      return [{ kind: 'refusal', text: textOf(part['refusal']) ?? '' }];
    case 'image_url':
      return [{ ...readImage(part['image_url'], `${param}.image_url`), ...marked }];
    case 'input_audio':
      return [{ ...readAudio(objectOf(part['input_audio']), `${param}.input_audio`), ...marked }];
    case 'file':
      return [{ ...readFile(objectOf(part['file']) ?? {}, `${param}.file`), ...marked }];
    // Visible thought of other servers, which stands in the content.
    case 'thinking':
      return [];
    default:
      throw new ProxyError(
        'invalid_value',
        `Invalid value: '${textOf(part['type']) ?? ''}'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', and 'file'.`,
        { param: `${param}.type` },
      );
  }
}

function readImage(value: Json | undefined, param: string): MediaPart {
  const object = objectOf(value);
  const url = typeof value === 'string' ? value : textOf(object?.['url']);
  if (url === undefined) throw missing(`${param}.url`);
  const detail = textOf(object?.['detail']);
  return { kind: 'image', source: mediaSource(url, 'image/png'), ...(detail === undefined ? {} : { detail }) };
}

function readAudio(audio: JsonObject | undefined, param: string): MediaPart {
  const base64 = textOf(audio?.['data']);
  if (base64 === undefined) throw missing(`${param}.data`);
  const mediaType = audioType(textOf(audio?.['format']) ?? 'wav');
  return { kind: 'audio', source: { kind: 'data', mediaType, base64 } };
}

function readFile(file: JsonObject, param: string): MediaPart {
  const { file_data, file_id, filename } = file;
  const name = textOf(filename);
  const named = name === undefined ? {} : { name };
  const data = textOf(file_data);
  if (data !== undefined) return { kind: 'document', source: fileSource(data, name), ...named };
  const id = textOf(file_id);
  if (id === undefined) throw missing(`${param}.file_data`);
  return { kind: 'document', source: { kind: 'file', id }, ...named };
}

/** `file_data`: a `data:` URL, or base64 alone. */
export function fileSource(data: string, name: string | undefined): MediaPart['source'] {
  if (data.startsWith('data:')) return mediaSource(data, typeOfName(name));
  return { kind: 'data', mediaType: typeOfName(name), base64: data };
}

function readAssistant(message: JsonObject, at: string): Part[] {
  const content = message['content'] ?? null;
  const refusal = textOf(message['refusal']);
  const audio = textOf(objectOf(message['audio'])?.['id']);
  const legacy = objectOf(message['function_call']);
  const parts: Part[] = [
    ...readReasoning(message),
    ...(content === null ? [] : withSeal(readContent(content, `${at}.content`), message)),
    ...(refusal === undefined ? [] : [{ kind: 'refusal' as const, text: refusal }]),
    ...(audio === undefined
      ? []
      : [{ kind: 'foreign' as const, family: 'chat' as const, value: { audio: { id: audio } } }]),
    ...requestObjects(message['tool_calls'], `${at}.tool_calls`).map((call, index) =>
      readCall(call, `${at}.tool_calls[${index}]`),
    ),
  ];
  if (legacy !== undefined) parts.push(legacyCall(legacy));
  return parts;
}

/** Google signs a text with `extra_content` of its message. */
export function withSeal<P extends Part>(parts: P[], message: JsonObject): (P | TextPart)[] {
  const seal = readSeal(message);
  const last = parts.at(-1);
  if (seal === undefined || last?.kind !== 'text') return parts;
  return [...parts.slice(0, -1), { ...(last satisfies TextPart), seal }];
}

function readCall(call: JsonObject, param: string): CallPart {
  const custom = objectOf(call['custom']);
  // Some servers fill both, one of them with nothing.
  const isCustom = custom !== undefined && (call['type'] === 'custom' || call['function'] === undefined);
  const body = isCustom ? custom : objectOf(call['function']);
  const name = textOf(body?.['name']);
  if (name === undefined) throw missing(`${param}.function.name`);
  const input = body?.[isCustom ? 'input' : 'arguments'];
  const seal = readSeal(call);
  const mark = objectOf(call['cache_control']);
  return {
    kind: 'call',
    id: textOf(call['id']) ?? '',
    name,
    input: inputText(input),
    ...(isCustom ? { custom: true as const } : {}),
    ...(seal === undefined ? {} : { seal }),
    ...(mark === undefined ? {} : { cacheControl: mark }),
  };
}

/** Arguments are text; some servers make them an object. */
export function inputText(input: Json | undefined): string {
  if (typeof input === 'string') return input;
  return input === undefined || input === null ? '' : JSON.stringify(input);
}

/** `function_call` of the first tool calling: its result names the function in place of an id. */
function legacyCall(call: JsonObject): CallPart {
  const name = textOf(call['name']) ?? '';
  return { kind: 'call', id: legacyId(name), name, input: inputText(call['arguments']) };
}

function legacyId(name: string): string {
  return `call_${name}`;
}

function readResult(message: JsonObject, at: string, calls: ReadonlyMap<string, CallPart>): ResultPart {
  const legacy = message['role'] === 'function';
  const callId = legacy ? legacyId(textOf(message['name']) ?? '') : textOf(message['tool_call_id']);
  if (callId === undefined) throw missing(`${at}.tool_call_id`);
  const content = message['content'] ?? '';
  const call = calls.get(callId);
  const name = call?.name ?? textOf(message['name']);
  const mark = objectOf(message['cache_control']);
  return {
    kind: 'result',
    callId,
    ...(name === undefined ? {} : { name }),
    parts: readContent(content, `${at}.content`).filter((part) => part.kind !== 'refusal'),
    ...(call?.custom === true ? { custom: true as const } : {}),
    ...(mark === undefined ? {} : { cacheControl: mark }),
  };
}
