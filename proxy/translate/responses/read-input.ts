import { ProxyError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { missing, wrongType } from '../../protocols/openai/request-body.ts';
import { fileSource, inputText, withSeal } from '../chat/read-messages.ts';
import { readSeal } from '../chat/read-reasoning.ts';
import type {
  CallPart,
  MediaPart,
  Part,
  ReasoningPart,
  RefusalPart,
  ResultPart,
  Seal,
  TextPart,
  Turn,
} from '../conversation.ts';
import { objectOf, objectsOf, requestName, requestObjects, textOf } from '../fields.ts';
import { joinedName } from './namespaces.ts';
import { audioType, mediaSource } from '../media.ts';
import { unpackSeal } from '../seal.ts';

/**
 * Reads the items of `input`. What the assistant said and called stands in items of their own: all that follow one another are one turn,
 * and so are the results of its calls.
 */
export function readInput(items: readonly JsonObject[]): Turn[] {
  const reader = new InputReader();
  for (const [index, item] of items.entries()) reader.take(item, `input[${index}]`);
  return reader.turns;
}

class InputReader {
  readonly turns: Turn[] = [];
  readonly #calls = new Map<string, CallPart>();
  /** Parts of the turn that the next item may go on with. */
  #assistant: Part[] | undefined;
  #results: Part[] | undefined;
  /** A seal that belongs to the next call or text, which could not carry it. */
  #next: Seal | undefined;

  take(item: JsonObject, at: string): void {
    const { type = 'message', role } = item;
    switch (type) {
      case 'message':
        if (role === 'assistant') this.#say(...withSeal(readContent(item['content'], `${at}.content`), item));
        else this.#message(item, at);
        return;
      case 'reasoning':
        this.#think(item);
        return;
      case 'function_call':
      case 'custom_tool_call':
        this.#call(item, at, type === 'custom_tool_call');
        return;
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#result(item, at, type === 'custom_tool_call_output');
        return;
      case 'item_reference':
        throw new ProxyError(
          'unsupported_parameter',
          'The endpoint of this model does not keep items: send the item itself in place of its id.',
          { param: at },
        );
      default:
        // What tools of the provider did, and what they gave.
        this.#say({ kind: 'foreign', family: 'responses', value: item });
    }
  }

  #message(item: JsonObject, at: string): void {
    const { role, content } = item;
    if (role !== 'user' && role !== 'system' && role !== 'developer') {
      if (role === undefined) throw missing(`${at}.role`);
      throw new ProxyError(
        'invalid_value',
        `Invalid value: '${textOf(role) ?? ''}'. Supported values are: 'assistant', 'system', 'developer', and 'user'.`,
        { param: `${at}.role` },
      );
    }
    this.#close();
    this.turns.push({ role, parts: readContent(content, `${at}.content`) });
  }

  #close(): void {
    this.#assistant = undefined;
    this.#results = undefined;
    this.#next = undefined;
  }

  #say(...parts: Part[]): void {
    this.#results = undefined;
    if (this.#assistant === undefined) this.turns.push({ role: 'assistant', parts: (this.#assistant = []) });
    const last = parts.at(-1);
    const seal = this.#next;
    if (seal !== undefined && (last?.kind === 'text' || last?.kind === 'call')) {
      this.#next = undefined;
      this.#assistant.push(...parts.slice(0, -1), { ...last, seal: last.seal ?? seal });
      return;
    }
    this.#assistant.push(...parts);
  }

  #think(item: JsonObject): void {
    const text = thoughtText(item);
    const encrypted = textOf(item['encrypted_content']);
    const packed = encrypted === undefined ? undefined : unpackSeal(encrypted);
    if (packed?.next === true) {
      this.#say();
      this.#next = packed.seal;
      return;
    }
    this.#say(readThought(item, text, encrypted));
  }

  #call(item: JsonObject, at: string, custom: boolean): void {
    const seal = readSeal(item);
    const namespace = textOf(item['namespace']);
    const name = requestName(item['name'], `${at}.name`);
    const call: CallPart = {
      kind: 'call',
      id: requestName(item['call_id'], `${at}.call_id`),
      name: joinedName({ name, ...(namespace === undefined ? {} : { namespace }) }),
      input: inputText(item[custom ? 'input' : 'arguments']),
      ...(custom ? { custom } : {}),
      ...(seal === undefined ? {} : { seal }),
    };
    this.#calls.set(call.id, call);
    this.#say(call);
  }

  #result(item: JsonObject, at: string, custom: boolean): void {
    const callId = requestName(item['call_id'], `${at}.call_id`);
    const call = this.#calls.get(callId);
    const output = item['output'] ?? '';
    const result: ResultPart = {
      kind: 'result',
      callId,
      ...(call === undefined ? {} : { name: call.name }),
      parts: readContent(output, `${at}.output`).filter((part) => part.kind !== 'refusal'),
      ...(custom ? { custom } : {}),
    };
    this.#assistant = undefined;
    this.#next = undefined;
    if (this.#results === undefined) this.turns.push({ role: 'user', parts: (this.#results = []) });
    this.#results.push(result);
  }
}

/** Summaries, or the thought itself where a server shows it; parts are paragraphs. */
function thoughtText(item: JsonObject): string {
  const summary = objectsOf(item['summary']).flatMap((part) => textOf(part['text']) ?? []);
  const content = summary.length > 0 ? [] : objectsOf(item['content']).flatMap((part) => textOf(part['text']) ?? []);
  return [...summary, ...content].join('\n\n');
}

function readThought(item: JsonObject, text: string, encrypted: string | undefined): ReasoningPart {
  if (encrypted === undefined) return { kind: 'reasoning', text };
  const id = textOf(item['id']);
  const packed = unpackSeal(encrypted);
  const seal = packed?.seal ?? { family: 'responses' as const, value: encrypted, ...(id === undefined ? {} : { id }) };
  const redacted = packed === undefined ? text === '' : packed.redacted === true;
  return { kind: 'reasoning', text, seal, ...(redacted ? { redacted } : {}) };
}

type ContentPart = TextPart | MediaPart | RefusalPart;

/** Text or parts of a message, or of the output of a call. */
function readContent(content: Json | undefined, param: string): ContentPart[] {
  if (content === undefined || content === null) throw missing(param);
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw wrongType(param, 'one of a string or an array of objects', content);
  return requestObjects(content, param).flatMap((part, index) => readPart(part, `${param}[${index}]`));
}

function readPart(part: JsonObject, param: string): ContentPart[] {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text': {
      const text = textOf(part['text']);
      return text === undefined ? [] : [{ kind: 'text', text }];
    }
    case 'refusal':
      return [{ kind: 'refusal', text: textOf(part['refusal']) ?? '' }];
    case 'input_image':
      return [readImage(part, param)];
    case 'input_file':
      return [readFile(part, param)];
    case 'input_audio':
      return [readAudio(part, param)];
    default:
      throw new ProxyError(
        'invalid_value',
        `Invalid value: '${textOf(part['type']) ?? ''}'. Supported values are: 'input_text', 'input_image', 'output_text', 'refusal', and 'input_file'.`,
        { param: `${param}.type` },
      );
  }
}

function readImage(part: JsonObject, param: string): MediaPart {
  const url = textOf(part['image_url']) ?? textOf(objectOf(part['image_url'])?.['url']);
  const detail = textOf(part['detail']);
  const detailed = detail === undefined ? {} : { detail };
  if (url !== undefined) return { kind: 'image', source: mediaSource(url, 'image/png'), ...detailed };
  return {
    kind: 'image',
    source: { kind: 'file', id: requestName(part['file_id'], `${param}.image_url`) },
    ...detailed,
  };
}

function readFile(part: JsonObject, param: string): MediaPart {
  const name = textOf(part['filename']);
  const named = name === undefined ? {} : { name };
  const data = textOf(part['file_data']);
  if (data !== undefined) return { kind: 'document', source: fileSource(data, name), ...named };
  const url = textOf(part['file_url']);
  if (url !== undefined) return { kind: 'document', source: mediaSource(url), ...named };
  return {
    kind: 'document',
    source: { kind: 'file', id: requestName(part['file_id'], `${param}.file_data`) },
    ...named,
  };
}

function readAudio(part: JsonObject, param: string): MediaPart {
  const audio = objectOf(part['input_audio']) ?? part;
  const base64 = requestName(audio['data'], `${param}.input_audio.data`);
  return { kind: 'audio', source: { kind: 'data', mediaType: audioType(textOf(audio['format']) ?? 'wav'), base64 } };
}
