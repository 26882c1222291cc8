import type { JsonObject } from '../../core/json.ts';
import type { Citation, ReasoningPart, Seal } from '../conversation.ts';
import { defined } from '../fields.ts';
import { CitedText } from '../openai-citation.ts';
import { packSeal } from '../seal.ts';
import type { Step, StopCause } from '../steps.ts';
import { extraContent, reasoningDetails, thinkingBlock } from './write-reasoning.ts';

/** Writes one chunk of a choice: its delta, logprobs and finish_reason as JSON text. */
export type WriteChunk = (choice: number, delta: string, logprobs?: string, finish?: string) => string;

/** What a choice keeps of a block that has begun. */
type Block =
  | { readonly kind: 'text' }
  | { readonly kind: 'reasoning'; text: string }
  | { readonly kind: 'call'; readonly index: number; readonly custom: boolean; empty: boolean };

export interface ChoiceOptions {
  /** Makes the id of a call that has none. */
  readonly newId: () => string;
  /** The client declared `functions`: it knows one `function_call` and no tools. */
  readonly functionsOnly: boolean;
}

/** Writes the chunks of one choice; each method gives the text of what it writes. */
export class ChoiceWriter {
  readonly #choice: number;
  readonly #chunk: WriteChunk;
  readonly #options: ChoiceOptions;
  readonly #blocks = new Map<number, Block>();
  readonly #text = new CitedText();
  #opened = false;
  #calls = 0;
  #thoughts = 0;
  #refused = false;

  constructor(choice: number, chunk: WriteChunk, options: ChoiceOptions) {
    this.#choice = choice;
    this.#chunk = chunk;
    this.#options = options;
  }

  startText(block: number): string {
    this.#blocks.set(block, { kind: 'text' });
    this.#text.begin();
    return this.#open('{"role":"assistant","content":"","refusal":null}');
  }

  text(text: string, logprobs: readonly unknown[] | undefined): string {
    if (text === '' && logprobs === undefined) return '';
    this.#text.add(text);
    const entries = logprobs === undefined ? undefined : `{"content":${JSON.stringify(logprobs)},"refusal":null}`;
    return this.#chunk(this.#choice, `{"content":${JSON.stringify(text)}}`, entries);
  }

  cite(citation: Citation): string {
    const own = citation.own?.family === 'chat' ? citation.own.value : undefined;
    if (own !== undefined) return this.#annotations([own]);
    const placed = this.#text.cite(citation);
    return placed === undefined ? '' : this.#annotations([annotation(placed)]);
  }

  refuse(text: string): string {
    this.#refused = true;
    const head = this.#open('{"role":"assistant","content":null,"refusal":""}');
    return text === '' ? head : `${head}${this.#chunk(this.#choice, `{"refusal":${JSON.stringify(text)}}`)}`;
  }

  startReasoning(block: number): string {
    this.#blocks.set(block, { kind: 'reasoning', text: '' });
    return this.#open('{"role":"assistant","content":null,"refusal":null}');
  }

  reason(block: number, text: string): string {
    const open = this.#blocks.get(block);
    if (text === '' || open?.kind !== 'reasoning') return '';
    open.text += text;
    return this.#chunk(this.#choice, `{"reasoning_content":${JSON.stringify(text)}}`);
  }

  seal(block: number, seal: Seal, redacted: boolean): string {
    const open = this.#blocks.get(block);
    // Thought without a signature is told by its text alone.
    if (open === undefined || seal.value === '') return '';
    if (open.kind === 'reasoning') return this.#sealThought(open.text, seal, redacted);
    if (open.kind === 'call' && this.#options.functionsOnly) return '';
    const extra = { extra_content: extraContent(seal, packed) };
    if (open.kind !== 'call') return this.#chunk(this.#choice, JSON.stringify(extra));
    // Clients look for a function in every chunk of a call.
    const body = open.custom ? { custom: { input: '' } } : { function: { arguments: '' } };
    const delta = { tool_calls: [{ index: open.index, ...body, ...extra }] };
    return this.#chunk(this.#choice, JSON.stringify(delta));
  }

  startCall({ block, id, name, custom }: Extract<Step, { kind: 'call-start' }>): string {
    const head = this.#open('{"role":"assistant","content":null,"refusal":null}');
    const index = this.#calls++;
    if (this.#options.functionsOnly) return head + this.#startFunction(block, name, index);
    this.#blocks.set(block, { kind: 'call', index, custom: custom === true, empty: true });
    const body = custom
      ? { type: 'custom', custom: { name, input: '' } }
      : { type: 'function', function: { name, arguments: '' } };
    const call = { index, id: id === '' ? this.#options.newId() : id, ...body };
    return `${head}${this.#chunk(this.#choice, `{"tool_calls":[${JSON.stringify(call)}]}`)}`;
  }

  /** A client of the first tool calling can take one call: others have no form. */
  #startFunction(block: number, name: string, index: number): string {
    if (index > 0) return '';
    this.#blocks.set(block, { kind: 'call', index, custom: false, empty: true });
    return this.#chunk(this.#choice, `{"function_call":{"name":${JSON.stringify(name)},"arguments":""}}`);
  }

  input(block: number, input: string): string {
    const open = this.#blocks.get(block);
    if (input === '' || open?.kind !== 'call') return '';
    open.empty = false;
    const piece = JSON.stringify(input);
    if (this.#options.functionsOnly) return this.#chunk(this.#choice, `{"function_call":{"arguments":${piece}}}`);
    const body = open.custom ? `"custom":{"input":${piece}}` : `"function":{"arguments":${piece}}`;
    return this.#chunk(this.#choice, `{"tool_calls":[{"index":${open.index},${body}}]}`);
  }

  endBlock(block: number): string {
    const open = this.#blocks.get(block);
    this.#blocks.delete(block);
    if (open?.kind === 'text') return this.#annotations(this.#text.end().map(annotation));
    if (open?.kind !== 'call' || open.custom || !open.empty) return '';
    // No arguments are an empty object: '' is not JSON.
    this.#blocks.set(block, open);
    const written = this.input(block, '{}');
    this.#blocks.delete(block);
    return written;
  }

  finish(cause: StopCause, native: string | undefined): string {
    const head = this.#open('{"role":"assistant","content":"","refusal":null}');
    const reason = JSON.stringify(this.#reasonOf(cause));
    // Nothing in a chat completion says that the model waits to go on.
    const more = cause === 'pause' && native !== undefined ? `,"native_finish_reason":${JSON.stringify(native)}` : '';
    return `${head}${this.#chunk(this.#choice, '{}', undefined, `${reason}${more}`)}`;
  }

  #reasonOf(cause: StopCause): string {
    if (cause === 'refusal') return this.#refused ? 'stop' : 'content_filter';
    if (cause === 'stop' || cause === 'tool_calls') return this.#calls > 0 ? this.#calledReason() : 'stop';
    return REASONS[cause];
  }

  #calledReason(): string {
    return this.#options.functionsOnly ? 'function_call' : 'tool_calls';
  }

  #sealThought(text: string, seal: Seal, redacted: boolean): string {
    const part: ReasoningPart = { kind: 'reasoning', text, seal, ...(redacted ? { redacted } : {}) };
    const block = thinkingBlock(part, packed);
    const details = reasoningDetails(part, this.#thoughts++, packed);
    const delta = defined({ thinking_blocks: block === undefined ? undefined : [block], reasoning_details: details });
    return this.#chunk(this.#choice, JSON.stringify(delta));
  }

  #annotations(annotations: readonly JsonObject[]): string {
    return annotations.length === 0 ? '' : this.#chunk(this.#choice, `{"annotations":${JSON.stringify(annotations)}}`);
  }

  #open(delta: string): string {
    if (this.#opened) return '';
    this.#opened = true;
    return this.#chunk(this.#choice, delta);
  }
}

const REASONS = {
  stop_sequence: 'stop',
  pause: 'stop',
  length: 'length',
  context_length: 'length',
  filter: 'content_filter',
} as const satisfies Record<Exclude<StopCause, 'refusal' | 'stop' | 'tool_calls'>, string>;

function packed(seal: Seal, redacted: boolean): string {
  return packSeal(seal, redacted ? { redacted } : {});
}

function annotation(url_citation: JsonObject): JsonObject {
  return { type: 'url_citation', url_citation };
}
