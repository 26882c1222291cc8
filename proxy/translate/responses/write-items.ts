import type { JsonObject } from '../../core/json.ts';
import type { Citation, Seal } from '../conversation.ts';
import { defined } from '../fields.ts';
import { CitedText } from '../openai-citation.ts';

/** Writes one event: its type, and members as JSON text that begins with a comma. */
export type WriteEvent = (type: string, members: string) => string;

/** An item that has begun; each method gives the text of its events. */
export interface OpenItem {
  readonly index: number;
  readonly id: string;
}

/** The message of an answer: all of its text stands in one item, whatever blocks the endpoint cut it into. */
export class MessageItem {
  readonly #write: WriteEvent;
  readonly #place: string;
  readonly #item: OpenItem;
  readonly #parts: JsonObject[] = [];
  #kind: 'output_text' | 'refusal' | undefined;
  #text = '';
  #logprobs: unknown[] = [];
  #annotations: JsonObject[] = [];
  #cited = new CitedText();

  constructor(item: OpenItem, write: WriteEvent) {
    this.#item = item;
    this.#write = write;
    this.#place = `,"item_id":${JSON.stringify(item.id)},"output_index":${item.index},"content_index":`;
  }

  open(): string {
    return added(this.#item.index, this.#object('in_progress', []), this.#write);
  }

  /** A block of the endpoint begins. */
  begin(): void {
    this.#cited.begin();
  }

  text(text: string, logprobs: readonly unknown[] | undefined): string {
    const head = this.#part('output_text');
    this.#text += text;
    this.#cited.add(text);
    if (logprobs !== undefined) this.#logprobs.push(...logprobs);
    const entries = logprobs === undefined ? '[]' : JSON.stringify(logprobs);
    return (
      head +
      this.#write('response.output_text.delta', `${this.#at()},"delta":${JSON.stringify(text)},"logprobs":${entries}`)
    );
  }

  refuse(text: string): string {
    const head = this.#part('refusal');
    this.#text += text;
    return head + this.#write('response.refusal.delta', `${this.#at()},"delta":${JSON.stringify(text)}`);
  }

  cite(citation: Citation): string {
    const head = this.#part('output_text');
    if (citation.own?.family === 'responses') return head + this.#annotate(citation.own.value);
    const placed = this.#cited.cite(citation);
    return placed === undefined ? head : head + this.#annotate({ type: 'url_citation', ...placed });
  }

  /** The block ends: sources of all of it have their place now. */
  endBlock(): string {
    return this.#cited
      .end()
      .map((placed) => this.#annotate({ type: 'url_citation', ...placed }))
      .join('');
  }

  /** Gives the item as it is in the end, as well. */
  close(status: string, seal: JsonObject): { readonly text: string; readonly item: JsonObject } {
    const text = this.#endPart();
    const item = { ...this.#object(status, this.#parts), ...seal };
    return { text: text + done(this.#item.index, item, this.#write), item };
  }

  #part(kind: 'output_text' | 'refusal'): string {
    if (this.#kind === kind) return '';
    const before = this.#endPart();
    this.#kind = kind;
    this.#text = '';
    this.#logprobs = [];
    this.#annotations = [];
    this.#cited = new CitedText();
    return (
      before + this.#write('response.content_part.added', `${this.#at()},"part":${JSON.stringify(this.#written())}`)
    );
  }

  #endPart(): string {
    if (this.#kind === undefined) return '';
    const part = this.#written();
    const text = JSON.stringify(this.#text);
    const whole =
      this.#kind === 'refusal'
        ? this.#write('response.refusal.done', `${this.#at()},"refusal":${text}`)
        : this.#write(
            'response.output_text.done',
            `${this.#at()},"text":${text},"logprobs":${JSON.stringify(this.#logprobs)}`,
          );
    const end = this.#write('response.content_part.done', `${this.#at()},"part":${JSON.stringify(part)}`);
    this.#parts.push(part);
    this.#kind = undefined;
    return whole + end;
  }

  #written(): JsonObject {
    if (this.#kind === 'refusal') return { type: 'refusal', refusal: this.#text };
    return { type: 'output_text', annotations: this.#annotations, logprobs: this.#logprobs as [], text: this.#text };
  }

  #annotate(annotation: JsonObject): string {
    const index = this.#annotations.length;
    this.#annotations.push(annotation);
    return this.#write(
      'response.output_text.annotation.added',
      `${this.#at()},"annotation_index":${index},"annotation":${JSON.stringify(annotation)}`,
    );
  }

  #at(): string {
    return this.#place + String(this.#parts.length);
  }

  #object(status: string, content: JsonObject[]): JsonObject {
    return { id: this.#item.id, type: 'message', status, content, role: 'assistant' };
  }
}

interface WrittenCall {
  readonly callId: string;
  readonly name: string;
  readonly namespace?: string;
  readonly custom: boolean;
}

/** A call of a function or of a custom tool. */
export class CallItem {
  readonly #write: WriteEvent;
  readonly #item: OpenItem;
  readonly #call: WrittenCall;
  readonly #place: string;
  #input = '';
  #seal: JsonObject = {};

  constructor(item: OpenItem, call: WrittenCall, write: WriteEvent) {
    this.#item = item;
    this.#call = call;
    this.#write = write;
    this.#place = `,"item_id":${JSON.stringify(item.id)},"output_index":${item.index}`;
  }

  open(): string {
    return added(this.#item.index, this.#object('in_progress', ''), this.#write);
  }

  input(input: string): string {
    if (input === '') return '';
    this.#input += input;
    return this.#write(`${this.#family()}.delta`, `${this.#place},"delta":${JSON.stringify(input)}`);
  }

  /** Members that carry the seal of the call. */
  seal(members: JsonObject): void {
    this.#seal = members;
  }

  close(): { readonly text: string; readonly item: JsonObject } {
    const empty = this.#input === '' && !this.#call.custom ? this.input('{}') : '';
    const name = this.#call.custom ? 'input' : 'arguments';
    const whole = this.#write(`${this.#family()}.done`, `${this.#place},"${name}":${JSON.stringify(this.#input)}`);
    const item = { ...this.#object('completed', this.#input), ...this.#seal };
    return { text: empty + whole + done(this.#item.index, item, this.#write), item };
  }

  #family(): string {
    return this.#call.custom ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
  }

  #object(status: string, input: string): JsonObject {
    const { callId, custom, ...named } = this.#call;
    const { id } = this.#item;
    if (custom) return { id, type: 'custom_tool_call', status, call_id: callId, input, ...named };
    return { id, type: 'function_call', status, arguments: input, call_id: callId, ...named };
  }
}

/** Reasoning: what is seen of it as a summary, its seal as encrypted content. */
export class ReasoningItem {
  readonly #write: WriteEvent;
  readonly #item: OpenItem;
  readonly #place: string;
  #text = '';
  #encrypted: string | undefined;

  constructor(item: OpenItem, write: WriteEvent) {
    this.#item = item;
    this.#write = write;
    this.#place = `,"item_id":${JSON.stringify(item.id)},"output_index":${item.index},"summary_index":0`;
  }

  open(): string {
    return added(this.#item.index, this.#object([]), this.#write);
  }

  text(text: string): string {
    if (text === '') return '';
    const head =
      this.#text === ''
        ? this.#write(
            'response.reasoning_summary_part.added',
            `${this.#place},"part":{"type":"summary_text","text":""}`,
          )
        : '';
    this.#text += text;
    return (
      head + this.#write('response.reasoning_summary_text.delta', `${this.#place},"delta":${JSON.stringify(text)}`)
    );
  }

  seal(pack: (seal: Seal) => string, seal: Seal): void {
    this.#encrypted = seal.family === 'responses' ? seal.value : pack(seal);
  }

  close(): { readonly text: string; readonly item: JsonObject } {
    const summary = this.#text === '' ? [] : [{ type: 'summary_text', text: this.#text }];
    const item = this.#object(summary);
    return { text: this.#endSummary() + done(this.#item.index, item, this.#write), item };
  }

  #endSummary(): string {
    if (this.#text === '') return '';
    const text = JSON.stringify(this.#text);
    return (
      this.#write('response.reasoning_summary_text.done', `${this.#place},"text":${text}`) +
      this.#write(
        'response.reasoning_summary_part.done',
        `${this.#place},"part":{"type":"summary_text","text":${text}}`,
      )
    );
  }

  #object(summary: JsonObject[]): JsonObject {
    return defined({ id: this.#item.id, type: 'reasoning', encrypted_content: this.#encrypted, summary });
  }
}

function added(index: number, item: JsonObject, write: WriteEvent): string {
  return write('response.output_item.added', `,"output_index":${index},"item":${JSON.stringify(item)}`);
}

function done(index: number, item: JsonObject, write: WriteEvent): string {
  return write('response.output_item.done', `,"output_index":${index},"item":${JSON.stringify(item)}`);
}
