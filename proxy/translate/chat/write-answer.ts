import { assembleChat } from '../../protocols/openai/chat-assemble.ts';
import { DONE } from '../../protocols/openai/chunk-writer.ts';
import { errorBody } from '../../protocols/openai/error-body.ts';
import { chunkError } from '../../protocols/openai/error-event.ts';
import { splitEvents } from '../../wire/sse.ts';
import { openAiError } from '../answer-error.ts';
import { CustomCalls } from '../custom-calls.ts';
import type { AnswerContext, AnswerWriter, NeutralUsage, Step } from '../steps.ts';
import { writeChatUsage } from './read-usage.ts';
import { ChoiceWriter } from './write-choice.ts';

/** Writes an answer as the chunks, or the body, of a chat completion. */
export class ChatAnswerWriter implements AnswerWriter {
  readonly #context: AnswerContext;
  readonly #custom: CustomCalls;
  readonly #choices = new Map<number, ChoiceWriter>();
  /** Which choice each block belongs to. */
  readonly #owners = new Map<number, ChoiceWriter>();
  #head = '';
  readonly #tail: string;
  #usage: NeutralUsage | undefined;
  #tier: string | undefined;
  #over = false;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#custom = new CustomCalls(context.request);
    this.#tail = context.includeUsage ? ',"usage":null}\n\n' : '}\n\n';
  }

  events(steps: readonly Step[]): readonly Buffer[] {
    let text = '';
    for (const step of this.#custom.pass(steps)) text += this.#over ? '' : this.#write(step);
    return text === '' ? [] : [Buffer.from(text)];
  }

  body(steps: readonly Step[]): Buffer {
    const failed = steps.find((step) => step.kind === 'error');
    if (failed !== undefined) {
      return errorBody({ ...openAiError(failed), param: null });
    }
    const writer = new ChatAnswerWriter({ ...this.#context, includeUsage: true });
    return assembleChat(splitEvents(Buffer.concat([...writer.events(steps)])));
  }

  #write(step: Step): string {
    switch (step.kind) {
      case 'start':
        this.#head = this.#headOf(step.model, step.created);
        return '';
      case 'finish':
        return this.#choice(step.choice).finish(step.cause, step.native);
      case 'usage':
        this.#usage = step.usage;
        this.#tier = step.serviceTier ?? this.#tier;
        return '';
      case 'end':
        return this.#end();
      case 'error':
        return this.#fail(step);
      default:
        return this.#writeBlock(step);
    }
  }

  #writeBlock(step: Exclude<Step, { kind: 'start' | 'finish' | 'usage' | 'end' | 'error' }>): string {
    switch (step.kind) {
      case 'text-start':
        return this.#own(step).startText(step.block);
      case 'text-delta':
        return this.#owner(step.block).text(step.text, step.logprobs);
      case 'citation':
        return this.#owner(step.block).cite(step.citation);
      case 'refusal-delta':
        return this.#own(step).refuse(step.text);
      case 'reasoning-start':
        return this.#own(step).startReasoning(step.block);
      case 'reasoning-delta':
        return this.#owner(step.block).reason(step.block, step.text);
      case 'seal':
        return this.#owner(step.block).seal(step.block, step.seal, step.redacted === true);
      case 'call-start':
        return this.#own(step).startCall(step);
      case 'call-delta':
        return this.#owner(step.block).input(step.block, step.input);
      default:
        return this.#owner(step.block).endBlock(step.block);
    }
  }

  #own({ block, choice }: { readonly block: number; readonly choice: number }): ChoiceWriter {
    const writer = this.#choice(choice);
    this.#owners.set(block, writer);
    return writer;
  }

  #owner(block: number): ChoiceWriter {
    return this.#owners.get(block) ?? this.#choice(0);
  }

  #choice(index: number): ChoiceWriter {
    let writer = this.#choices.get(index);
    if (writer === undefined) {
      const { random, request } = this.#context;
      writer = new ChoiceWriter(index, this.#chunk, {
        newId: () => `call_${random.alnum(24)}`,
        functionsOnly: Array.isArray(request['functions']) && request['tools'] === undefined,
      });
      this.#choices.set(index, writer);
    }
    return writer;
  }

  readonly #chunk = (choice: number, delta: string, logprobs = 'null', finish = 'null'): string => {
    if (this.#head === '') this.#head = this.#headOf();
    return `${this.#head}"choices":[{"index":${choice},"delta":${delta},"logprobs":${logprobs},"finish_reason":${finish}}]${this.#tail}`;
  };

  #headOf(model = this.#context.model, created = Math.floor(this.#context.now / 1000)): string {
    const id = this.#context.id ?? `chatcmpl-${this.#context.random.alnum(29)}`;
    return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1)},`;
  }

  #end(): string {
    this.#over = true;
    const done = DONE.toString();
    if (this.#usage === undefined || !this.#context.includeUsage) return done;
    const tier = this.#tier === undefined ? '' : `,"service_tier":${JSON.stringify(this.#tier)}`;
    if (this.#head === '') this.#head = this.#headOf();
    return `${this.#head}"choices":[],"usage":${JSON.stringify(writeChatUsage(this.#usage))}${tier}}\n\n${done}`;
  }

  #fail(step: Extract<Step, { kind: 'error' }>): string {
    this.#over = true;
    const { message, type, code } = openAiError(step);
    const status = step.status === undefined ? {} : { status: step.status };
    return chunkError({ message, type, code: code ?? 'upstream_failed', ...status }).toString();
  }
}
