import type { JsonObject } from '../../core/json.ts';
import type { CallPart, MediaPart, Part, ReasoningPart, ResultPart, Seal } from '../conversation.ts';
import { wrapInput } from '../custom-tools.ts';
import type { MergedTurn } from '../turns.ts';
import { argumentsObject, describe, isBlank } from '../values.ts';
import { isInvented, NO_SIGNATURE } from './read-parts.ts';
import type { Writing } from './writing.ts';

/** What can be read of a thought, beside a signature that carries the thought itself: nothing is lost without it. */
function isOpenThought(part: Part): boolean {
  if (part.kind !== 'reasoning') return false;
  return part.seal === undefined || (part.seal.value === '' && part.seal.family !== 'gemini');
}

/** Writes turns as parts. */
export class PartWriter {
  private readonly names = new Map<string, string>();
  private readonly writing: Writing;

  constructor(writing: Writing) {
    this.writing = writing;
  }

  turn({ role, parts }: MergedTurn): JsonObject[] {
    const sealed = parts.some((part) => 'seal' in part && part.seal !== undefined && this.accepts(part.seal));
    const kept = sealed ? parts.filter((part) => !isOpenThought(part)) : parts;
    const written = kept.flatMap((part) => this.part(part, role));
    if (role !== 'assistant') {
      // Images of results stand after all of them.
      const isResult = (one: JsonObject) => one['functionResponse'] !== undefined;
      return [...written.filter(isResult), ...written.filter((one) => !isResult(one))];
    }
    if (!this.writing.traits.signedCalls) return written;
    // Of parallel calls only the first is signed.
    const first = written.find((part) => part['functionCall'] !== undefined);
    if (first !== undefined) first['thoughtSignature'] ??= NO_SIGNATURE;
    return written;
  }

  private part(part: Part, role: MergedTurn['role']): JsonObject[] {
    switch (part.kind) {
      case 'text': {
        const signature = this.signature(part.seal);
        return isBlank(part.text) && signature === undefined ? [] : [{ text: part.text, ...signature }];
      }
      case 'refusal':
        return isBlank(part.text) ? [] : [{ text: part.text }];
      case 'reasoning':
        return this.reasoning(part);
      case 'call':
        return [this.call(part)];
      case 'result':
        return this.result(part);
      case 'foreign':
        return this.foreign(part.family === 'gemini', part.value, role);
      default:
        return [this.media(part)];
    }
  }

  private accepts(seal: Seal): boolean {
    return seal.family === 'gemini' && seal.value !== '' && this.writing.target.acceptsSeal(seal);
  }

  private signature(seal: Seal | undefined): { thoughtSignature: string } | undefined {
    if (seal === undefined || seal.value === '') return undefined;
    if (this.accepts(seal)) return { thoughtSignature: seal.value };
    this.writing.losses.dropNamed('reasoning');
    return undefined;
  }

  /** Thoughts of another maker are never shown to this one. */
  private reasoning({ text, seal }: ReasoningPart): JsonObject[] {
    if (seal?.family !== 'gemini' || !this.writing.target.acceptsSeal(seal)) {
      this.writing.losses.dropNamed('reasoning');
      return [];
    }
    return [{ text, thought: true, ...(seal.value === '' ? {} : { thoughtSignature: seal.value }) }];
  }

  private call({ id, name, input, custom, seal }: CallPart): JsonObject {
    this.names.set(id, name);
    const args = argumentsObject(custom ? wrapInput(input) : input, this.writing.losses.name('messages'));
    return { functionCall: { name, args, ...this.id(id) }, ...this.signature(seal) };
  }

  /** Older generations know a call by its name alone. */
  private id(id: string): JsonObject {
    return this.writing.traits.signedCalls && !isInvented(id) && id !== '' ? { id } : {};
  }

  private result({ callId, name: given, parts, isError }: ResultPart): JsonObject[] {
    const { losses, traits } = this.writing;
    const name = this.names.get(callId) ?? given;
    if (name === undefined) {
      throw losses.refuse('messages', `Invalid value: no call of a tool has the id '${callId}' of this result.`);
    }
    const text = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');
    const media = parts.flatMap((part) => (part.kind === 'text' ? [] : [this.media(part)]));
    const inside = traits.signedCalls && media.length > 0;
    const response = { name, response: responseOf(text, isError === true), ...this.id(callId) };
    if (inside) return [{ functionResponse: { ...response, parts: media } }];
    return [{ functionResponse: response }, ...media];
  }

  /** What one family alone knows: an answer's item is left out, but what the user gave cannot be. */
  private foreign(own: boolean, value: JsonObject, role: MergedTurn['role']): JsonObject[] {
    if (own) return [value];
    const { losses } = this.writing;
    const name = describe(value);
    if (role === 'user') throw losses.refuse('messages', `'${name}' cannot be told to the endpoint.`);
    losses.dropNamed(name);
    return [];
  }

  private media({ source, name, detail }: MediaPart): JsonObject {
    const { losses, conversation } = this.writing;
    if (detail !== undefined && detail !== 'auto') losses.dropNamed('detail');
    const own = conversation.family === 'gemini';
    if (source.kind === 'data') {
      const data: JsonObject = { mimeType: source.mediaType, data: source.base64 };
      if (own && name !== undefined) data['displayName'] = name;
      return { inlineData: data };
    }
    const uri = source.kind === 'file' ? source.id : source.url;
    if (!own && !uri.startsWith('gs://')) {
      throw losses.refuse(
        'messages',
        'The endpoint of this model takes media as data only, neither by a web address nor as a stored file.',
      );
    }
    return { fileData: { fileUri: uri, ...(source.mediaType === undefined ? {} : { mimeType: source.mediaType }) } };
  }
}

/** Google takes an object only: JSON that is one stays, text and failures are wrapped. */
function responseOf(text: string, isError: boolean): JsonObject {
  if (isError) return { error: text };
  if (!text.trimStart().startsWith('{')) return { result: text };
  try {
    return argumentsObject(text, '');
  } catch {
    return { result: text };
  }
}
