import type { JsonObject } from '../../core/json.ts';
import { errorBody } from '../../protocols/openai/error-body.ts';
import { responseError } from '../../protocols/openai/error-event.ts';
import { extraContent } from '../chat/write-reasoning.ts';
import type { Seal } from '../conversation.ts';
import { openAiError } from '../answer-error.ts';
import { CustomCalls } from '../custom-calls.ts';
import { packSeal } from '../seal.ts';
import type { AnswerContext, AnswerWriter, NeutralUsage, Step, StopCause } from '../steps.ts';
import { namespacesOf, withoutNamespaces } from './namespaces.ts';
import { incompleteReason, responseBase, writeResponseUsage } from './response-object.ts';
import { CallItem, MessageItem, type OpenItem, ReasoningItem } from './write-items.ts';

type BlockStep = Exclude<Step, { kind: 'start' | 'finish' | 'usage' | 'end' | 'error' }>;

/** Writes an answer as the events, or the object, of a response. A response is one choice: others are not told. */
export class ResponsesAnswerWriter implements AnswerWriter {
  readonly #context: AnswerContext;
  readonly #custom: CustomCalls;
  readonly #namespaces: ReturnType<typeof namespacesOf>;
  readonly #output: JsonObject[] = [];
  readonly #blocks = new Map<number, 'text' | 'refusal' | CallItem | ReasoningItem>();
  /** Place of each item in the output, by the block that it is made of. */
  readonly #places = new Map<number, number>();
  #base: JsonObject | undefined;
  #events = 0;
  #items = 0;
  #message: { readonly item: MessageItem; readonly index: number } | undefined;
  #sealOfText: JsonObject = {};
  #refused = false;
  #cause: StopCause | undefined;
  #usage: NeutralUsage | undefined;
  #tier: string | undefined;
  #over = false;
  #final: JsonObject | undefined;

  constructor(context: AnswerContext) {
    this.#context = context;
    const { tools = null } = context.request;
    this.#custom = new CustomCalls({ tools: withoutNamespaces(tools) ?? null });
    this.#namespaces = namespacesOf(tools);
  }

  events(steps: readonly Step[]): readonly Buffer[] {
    let text = '';
    for (const step of this.#custom.pass(steps)) text += this.#over ? '' : this.#writeStep(step, steps);
    return text === '' ? [] : [Buffer.from(text)];
  }

  body(steps: readonly Step[]): Buffer {
    const failed = steps.find((step) => step.kind === 'error');
    if (failed !== undefined) {
      return errorBody({ ...openAiError(failed), param: null });
    }
    const writer = new ResponsesAnswerWriter(this.#context);
    writer.events(steps);
    return Buffer.from(JSON.stringify({ ...writer.#final }, null, 2));
  }

  #writeStep(step: Step, steps: readonly Step[]): string {
    switch (step.kind) {
      case 'start':
        return this.#start(step.model, step.created);
      case 'finish':
        return this.#finish(step.choice, step.cause);
      case 'usage':
        this.#usage = step.usage;
        this.#tier = step.serviceTier ?? this.#tier;
        return '';
      case 'end':
        return this.#start() + this.#end();
      case 'error':
        return this.#fail(step);
      default:
        return this.#start() + this.#writeBlock(step, steps);
    }
  }

  #writeBlock(step: BlockStep, steps: readonly Step[]): string {
    switch (step.kind) {
      case 'text-delta':
        return this.#text(step);
      case 'text-start':
        return this.#startText(step.block, step.choice);
      case 'citation':
        return this.#blocks.get(step.block) === 'text' ? this.#say((message) => message.cite(step.citation)) : '';
      case 'refusal-delta':
        return this.#refuse(step);
      case 'reasoning-start':
        return this.#startReasoning(step.block, step.choice);
      case 'reasoning-delta':
        return this.#think(step.block, step.text);
      case 'seal':
        this.#seal(step);
        return '';
      case 'call-start':
        return this.#startCall(step, steps);
      case 'call-delta':
        return this.#input(step.block, step.input);
      default:
        return this.#endBlock(step.block);
    }
  }

  #startText(block: number, choice: number): string {
    if (choice === 0) this.#blocks.set(block, 'text');
    this.#message?.item.begin();
    return '';
  }

  #think(block: number, text: string): string {
    const item = this.#blocks.get(block);
    return item instanceof ReasoningItem ? item.text(text) : '';
  }

  #input(block: number, input: string): string {
    const item = this.#blocks.get(block);
    return item instanceof CallItem ? item.input(input) : '';
  }

  readonly #write = (type: string, members: string): string =>
    `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#events++}${members}}\n\n`;

  /** The events before all content; nothing where they were written. */
  #start(model = this.#context.model, created = Math.floor(this.#context.now / 1000)): string {
    if (this.#base !== undefined) return '';
    const id = this.#context.id ?? `resp_${this.#context.random.alnum(48)}`;
    this.#base = responseBase(this.#context, { id, model, created });
    const response = `,"response":${JSON.stringify(this.#base)}`;
    return this.#write('response.created', response) + this.#write('response.in_progress', response);
  }

  #newItem(prefix: string): OpenItem {
    return { index: this.#items++, id: `${prefix}_${this.#context.random.alnum(48)}` };
  }

  /** Text goes into one message until something else comes. */
  #say(say: (message: MessageItem) => string): string {
    if (this.#message !== undefined) return say(this.#message.item);
    const open = this.#newItem('msg');
    const item = new MessageItem(open, this.#write);
    this.#message = { item, index: open.index };
    return item.open() + say(item);
  }

  #text({ block, text, logprobs }: Extract<Step, { kind: 'text-delta' }>): string {
    if ((text === '' && logprobs === undefined) || this.#blocks.get(block) !== 'text') return '';
    return this.#say((message) => message.text(text, logprobs));
  }

  #refuse({ block, choice, text }: Extract<Step, { kind: 'refusal-delta' }>): string {
    if (choice !== 0) return '';
    this.#refused = true;
    this.#blocks.set(block, 'refusal');
    return text === '' ? '' : this.#say((message) => message.refuse(text));
  }

  #closeMessage(status = 'completed'): string {
    if (this.#message === undefined) return '';
    const { text, item } = this.#message.item.close(status, this.#sealOfText);
    this.#output[this.#message.index] = item;
    this.#message = undefined;
    this.#sealOfText = {};
    return text;
  }

  #startReasoning(block: number, choice: number): string {
    if (choice !== 0) return '';
    const head = this.#closeMessage();
    const open = this.#newItem('rs');
    const item = new ReasoningItem(open, this.#write);
    this.#blocks.set(block, item);
    this.#places.set(block, open.index);
    return head + item.open();
  }

  #startCall(step: Extract<Step, { kind: 'call-start' }>, steps: readonly Step[]): string {
    const { block, id, name, custom = false } = step;
    if (step.choice !== 0) return '';
    const head = this.#closeMessage() + this.#sealAhead(block, steps);
    const open = this.#newItem(custom ? 'ctc' : 'fc');
    const callId = id === '' ? `call_${this.#context.random.alnum(24)}` : id;
    const item = new CallItem(open, { callId, ...(this.#namespaces.get(name) ?? { name }), custom }, this.#write);
    this.#blocks.set(block, item);
    this.#places.set(block, open.index);
    return head + item.open();
  }

  /**
   * Clients send items of reasoning back, and no members that they do not know: the seal of a call that is known when it begins stands in an
   * item of its own before it.
   */
  #sealAhead(block: number, steps: readonly Step[]): string {
    const step = steps.find((step) => step.kind === 'seal' && step.block === block);
    if (step?.kind !== 'seal') return '';
    const open = this.#newItem('rs');
    const item = new ReasoningItem(open, this.#write);
    const head = item.open();
    item.seal(() => packSeal(step.seal, { next: true }), step.seal);
    const { text, item: written } = item.close();
    this.#output[open.index] = written;
    return head + text;
  }

  #seal({ block, seal, redacted }: Extract<Step, { kind: 'seal' }>): void {
    const item = this.#blocks.get(block);
    if (item instanceof ReasoningItem) item.seal((seal) => packSeal(seal, redacted === true ? { redacted } : {}), seal);
    else if (item instanceof CallItem) item.seal(extra(seal));
    else if (item === 'text') this.#sealOfText = extra(seal);
  }

  #endBlock(block: number): string {
    const item = this.#blocks.get(block);
    this.#blocks.delete(block);
    if (item === 'text') return this.#message?.item.endBlock() ?? '';
    if (item === undefined || item === 'refusal') return '';
    const { text, item: written } = item.close();
    this.#output[this.#places.get(block) ?? 0] = written;
    return text;
  }

  #finish(choice: number, cause: StopCause): string {
    if (choice !== 0) return '';
    this.#cause = cause;
    return (
      this.#start() +
      this.#closeMessage(incompleteReason(cause, this.#refused) === undefined ? 'completed' : 'incomplete')
    );
  }

  #end(): string {
    // An end without a finish is none: the client must not take what came for the whole answer.
    if (this.#cause === undefined) {
      return this.#fail({ kind: 'error', message: 'The endpoint ended its answer without saying why.' });
    }
    this.#over = true;
    const reason = incompleteReason(this.#cause, this.#refused);
    const type = reason === undefined ? 'response.completed' : 'response.incomplete';
    this.#final = {
      ...this.#base,
      status: reason === undefined ? 'completed' : 'incomplete',
      completed_at: reason === undefined ? Math.floor(this.#context.now / 1000) : null,
      incomplete_details: reason === undefined ? null : { reason },
      output: this.#output,
      service_tier: this.#tier ?? 'default',
      usage: this.#usage === undefined ? null : writeResponseUsage(this.#usage),
    };
    return this.#write(type, `,"response":${JSON.stringify(this.#final)}`);
  }

  #fail(step: Extract<Step, { kind: 'error' }>): string {
    this.#over = true;
    const { message, type, code } = openAiError(step);
    const status = step.status === undefined ? {} : { status: step.status };
    return responseError({ message, type, code: code ?? 'upstream_failed', ...status }, this.#events).toString();
  }
}

/** Members of an item that carry a seal, in Google's form. */
function extra(seal: Seal): JsonObject {
  return { extra_content: extraContent(seal, (seal) => packSeal(seal)) };
}
