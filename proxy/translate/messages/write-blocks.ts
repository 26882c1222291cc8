import type { JsonObject } from '../../core/json.ts';
import { CallIds } from '../call-ids.ts';
import type { CallPart, MediaPart, Part, ReasoningPart, ResultPart, TextPart } from '../conversation.ts';
import { wrapInput } from '../custom-tools.ts';
import { argumentsObject, describe, isBlank } from '../values.ts';
import type { Writing } from './writing.ts';

const IMAGE_TYPES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** Writes the parts of turns as blocks. */
export class BlockWriter {
  /** Whether a stored file is among the blocks. */
  hasFile = false;
  private readonly ids = new CallIds();
  private readonly writing: Writing;

  constructor(writing: Writing) {
    this.writing = writing;
  }

  /** Blocks of system text. */
  system(parts: readonly Part[]): JsonObject[] {
    return parts.flatMap((part) => {
      if (part.kind === 'text') return isBlank(part.text) ? [] : [this.text(part)];
      this.writing.losses.drop('messages');
      return [];
    });
  }

  turn(role: 'user' | 'assistant', parts: readonly Part[]): JsonObject[] {
    const blocks: JsonObject[] = [];
    for (const part of parts) {
      const block = this.block(part, role);
      if (block !== undefined) blocks.push(block);
    }
    return blocks;
  }

  private block(part: Part, role: 'user' | 'assistant'): JsonObject | undefined {
    // Texts and calls carry seals of other makers alone.
    if ((part.kind === 'text' || part.kind === 'call') && part.seal !== undefined)
      this.writing.losses.dropNamed('reasoning');
    switch (part.kind) {
      case 'text':
        return isBlank(part.text) ? undefined : this.text(part);
      case 'refusal':
        return isBlank(part.text) ? undefined : { type: 'text', text: part.text };
      case 'reasoning':
        return this.reasoning(part);
      case 'call':
        return this.call(part);
      case 'result':
        return this.result(part);
      case 'foreign':
        return this.foreign(part.family === 'messages', part.value, role);
      default:
        return this.media(part);
    }
  }

  private text({ text, citations, cacheControl }: TextPart): JsonObject {
    const own = (citations ?? []).flatMap(({ own }) => (own?.family === 'messages' ? [own.value] : []));
    return { type: 'text', text, ...(own.length === 0 ? {} : { citations: own }), ...marks(cacheControl) };
  }

  /** Thoughts of another maker are never shown to this one. */
  private reasoning({ text, seal, redacted }: ReasoningPart): JsonObject | undefined {
    if (seal?.family !== 'messages' || seal.value === '' || !this.writing.target.acceptsSeal(seal)) {
      this.writing.losses.dropNamed('reasoning');
      return undefined;
    }
    if (redacted) return { type: 'redacted_thinking', data: seal.value };
    return { type: 'thinking', thinking: text, signature: seal.value };
  }

  private call({ id, name, input, custom, cacheControl }: CallPart): JsonObject {
    const args = custom ? wrapInput(input) : input;
    return {
      type: 'tool_use',
      id: this.ids.of(id),
      name,
      input: argumentsObject(args, this.writing.losses.name('messages')),
      ...marks(cacheControl),
    };
  }

  private result({ callId, parts, isError, cacheControl }: ResultPart): JsonObject {
    const blocks = parts.flatMap((part) => {
      if (part.kind === 'text') return isBlank(part.text) ? [] : [this.text(part)];
      return [this.media(part)];
    });
    const [first] = blocks;
    const plain = blocks.length === 1 && first?.['type'] === 'text' && first['cache_control'] === undefined;
    return {
      type: 'tool_result',
      tool_use_id: this.ids.of(callId),
      ...(blocks.length === 0 ? {} : { content: plain ? (first['text'] ?? '') : blocks }),
      ...(isError ? { is_error: true } : {}),
      ...marks(cacheControl),
    };
  }

  /** What one family alone knows: an answer's item is left out, but what the user gave cannot be. */
  private foreign(own: boolean, value: JsonObject, role: string): JsonObject | undefined {
    if (own) return value;
    const { losses } = this.writing;
    if (role === 'user') throw losses.refuse('messages', `'${describe(value)}' cannot be told to the endpoint.`);
    losses.dropNamed(describe(value));
    return undefined;
  }

  private media(part: MediaPart): JsonObject {
    const { losses } = this.writing;
    if (part.kind === 'audio') throw losses.refuse('messages', 'The endpoint of this model takes no audio.');
    if (part.detail !== undefined && part.detail !== 'auto') losses.dropNamed('detail');
    return {
      type: part.kind,
      source: this.source(part),
      ...(part.kind === 'document' && part.name !== undefined ? { title: part.name } : {}),
      ...marks(part.cacheControl),
    };
  }

  private source({ kind, source }: MediaPart): JsonObject {
    const { losses, conversation } = this.writing;
    if (source.kind === 'url') return { type: 'url', url: source.url };
    if (source.kind === 'file') {
      if (conversation.family !== 'messages') {
        throw losses.refuse('messages', 'A stored file is known only to the provider that keeps it; send its content.');
      }
      this.hasFile = true;
      return { type: 'file', file_id: source.id };
    }
    const { mediaType, base64 } = source;
    if (kind === 'document' && mediaType.startsWith('text/')) {
      return { type: 'text', media_type: 'text/plain', data: Buffer.from(base64, 'base64').toString() };
    }
    const type = mediaType === 'image/jpg' ? 'image/jpeg' : mediaType;
    if (kind === 'image' ? !IMAGE_TYPES.has(type) : type !== 'application/pdf') {
      throw losses.refuse('messages', `The endpoint of this model takes no ${type}.`);
    }
    return { type: 'base64', media_type: type, data: base64 };
  }
}

function marks(cacheControl: JsonObject | undefined): JsonObject {
  return cacheControl === undefined ? {} : { cache_control: cacheControl };
}
