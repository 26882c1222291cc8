import type { Json, JsonObject } from '../../core/json.ts';
import type { Citation, Seal } from '../conversation.ts';
import { numberOf, objectOf, objectsOf, textOf } from '../fields.ts';
import type { Step } from '../steps.ts';
import { textsOf } from './response-object.ts';

/** Part of a message: text, or a refusal. */
interface PartState {
  readonly block: number;
  said: boolean;
}

/** Reads the events about one output item. Deltas that never came are made up for by what is told whole at the end. */
export class ItemReader {
  readonly #steps: Step[];
  readonly #nextBlock: () => number;
  readonly #parts = new Map<number, PartState>();
  /** Block of a call or a thought. */
  #block: number | undefined;
  #said = false;
  /** Paragraph of the thought that is being told. */
  #paragraph: number | undefined;
  kind = '';
  refused = false;
  done = false;

  constructor(steps: Step[], nextBlock: () => number) {
    this.#steps = steps;
    this.#nextBlock = nextBlock;
  }

  /** Takes the item as it begins. */
  add(item: JsonObject): void {
    if (this.kind !== '') return;
    this.kind = textOf(item['type']) ?? '';
    if (this.kind === 'reasoning') {
      this.#block = this.#nextBlock();
      this.#steps.push({ kind: 'reasoning-start', block: this.#block, choice: 0 });
    } else if (this.isCall) {
      this.#block = this.#nextBlock();
      const custom = this.kind === 'custom_tool_call' ? { custom: true as const } : {};
      const id = textOf(item['call_id']) ?? textOf(item['id']) ?? '';
      this.#steps.push({
        kind: 'call-start',
        block: this.#block,
        choice: 0,
        id,
        name: textOf(item['name']) ?? '',
        ...custom,
      });
    }
  }

  get isCall(): boolean {
    return this.kind === 'function_call' || this.kind === 'custom_tool_call';
  }

  text(index: number, text: string, logprobs: Json | undefined): void {
    const part = this.#textPart(index);
    part.said = true;
    const entries = Array.isArray(logprobs) && logprobs.length > 0 ? { logprobs } : {};
    if (text !== '' || 'logprobs' in entries)
      this.#steps.push({ kind: 'text-delta', block: part.block, text, ...entries });
  }

  /** The whole text of a part, where no piece of it came. */
  wholeText(index: number, text: Json | undefined, logprobs: Json | undefined): void {
    if (typeof text === 'string' && text !== '' && this.#parts.get(index)?.said !== true)
      this.text(index, text, logprobs);
  }

  refuse(index: number, text: string): void {
    this.refused = true;
    let part = this.#parts.get(index);
    if (part === undefined) this.#parts.set(index, (part = { block: this.#nextBlock(), said: true }));
    this.#steps.push({ kind: 'refusal-delta', block: part.block, choice: 0, text });
  }

  wholeRefusal(index: number, text: Json | undefined): void {
    if (typeof text === 'string' && !this.#parts.has(index)) this.refuse(index, text);
  }

  cite(index: number, annotation: JsonObject): void {
    const { url, title, start_index, end_index } = annotation;
    const citation: Citation = {
      url: textOf(url),
      title: textOf(title),
      start: numberOf(start_index),
      end: numberOf(end_index),
      own: { family: 'responses', value: annotation },
    };
    this.#steps.push({ kind: 'citation', block: this.#textPart(index).block, citation });
  }

  /** A piece of the input of a call. */
  input(input: string): void {
    if (input === '' || this.#block === undefined) return;
    this.#said = true;
    this.#steps.push({ kind: 'call-delta', block: this.#block, input });
  }

  wholeInput(input: Json | undefined): void {
    if (typeof input === 'string' && !this.#said) this.input(input);
  }

  /** A piece of a thought; a new paragraph stands behind a blank line. */
  think(paragraph: number, text: string): void {
    if (text === '' || this.#block === undefined) return;
    const isNew = this.#paragraph !== undefined && this.#paragraph !== paragraph;
    this.#paragraph = paragraph;
    this.#said = true;
    this.#steps.push({ kind: 'reasoning-delta', block: this.#block, text: isNew ? `\n\n${text}` : text });
  }

  wholeThought(paragraph: number, text: Json | undefined): void {
    if (typeof text === 'string' && (this.#paragraph === undefined || this.#paragraph < paragraph))
      this.think(paragraph, text);
  }

  /** Takes the item as it is in the end. */
  end(item: JsonObject, model: string | undefined): void {
    if (this.done) return;
    this.add(item);
    this.done = true;
    if (this.kind === 'message') this.#endMessage(item);
    else if (this.isCall) this.#endCall(item);
    else if (this.kind === 'reasoning') this.#endThought(item, model);
  }

  #endMessage(item: JsonObject): void {
    for (const [index, part] of objectsOf(item['content']).entries()) {
      const isNew = !this.#parts.has(index);
      if (part['type'] === 'refusal') this.wholeRefusal(index, part['refusal']);
      else this.wholeText(index, part['text'], part['logprobs']);
      if (isNew) for (const annotation of objectsOf(part['annotations'])) this.cite(index, annotation);
    }
    for (const { block } of this.#parts.values()) this.#steps.push({ kind: 'block-end', block });
  }

  #endCall(item: JsonObject): void {
    this.wholeInput(item['arguments'] ?? item['input']);
    this.#endBlock();
  }

  #endThought(item: JsonObject, model: string | undefined): void {
    if (!this.#said) {
      const summary = textsOf(item['summary']);
      const texts = summary.length > 0 ? summary : textsOf(item['content']);
      for (const [paragraph, text] of texts.entries()) this.think(paragraph, text);
    }
    const value = textOf(item['encrypted_content']);
    const id = textOf(item['id']);
    if (value !== undefined && this.#block !== undefined) {
      const seal: Seal = {
        family: 'responses',
        value,
        ...(model === undefined ? {} : { model }),
        ...(id === undefined ? {} : { id }),
      };
      this.#steps.push({ kind: 'seal', block: this.#block, seal, ...(this.#said ? {} : { redacted: true as const }) });
    }
    this.#endBlock();
  }

  #endBlock(): void {
    if (this.#block !== undefined) this.#steps.push({ kind: 'block-end', block: this.#block });
  }

  #textPart(index: number): PartState {
    let part = this.#parts.get(index);
    if (part === undefined) {
      this.#parts.set(index, (part = { block: this.#nextBlock(), said: false }));
      this.#steps.push({ kind: 'text-start', block: part.block, choice: 0 });
    }
    return part;
  }
}

/** What an event says of the place it is about. */
export function placeOf(event: JsonObject, name: string): number {
  return numberOf(event[name]) ?? 0;
}

export function itemOf(event: JsonObject): JsonObject | undefined {
  return objectOf(event['item']);
}
