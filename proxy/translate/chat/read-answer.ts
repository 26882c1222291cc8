import type { JsonObject } from '../../core/json.ts';
import { isError, isFlatError } from '../../protocols/openai/completion-chunk.ts';
import { parseObject } from '../../wire/json-object.ts';
import { errorStep } from '../answer-error.ts';
import { numberOf, objectOf, objectsOf, textOf } from '../fields.ts';
import type { AnswerReader, NeutralUsage, Step } from '../steps.ts';
import type { AnswerState } from './read-calls.ts';
import { ChoiceReader } from './read-choice.ts';
import { readChatUsage } from './read-usage.ts';

const NONE: readonly Step[] = [];

/** Reads the chunks or the body of a chat completion, in all the forms that compatible servers give them. */
export class ChatAnswerReader implements AnswerReader {
  readonly #choices = new Map<number, ChoiceReader>();
  readonly #state: AnswerState;
  #steps: Step[] = [];
  #started = false;
  #usage: NeutralUsage | undefined;
  #tier: string | undefined;
  #over = false;

  constructor() {
    let blocks = 0;
    const steps = (): Step[] => this.#steps;
    this.#state = {
      get steps() {
        return steps();
      },
      nextBlock: () => blocks++,
    };
  }

  event(name: string | undefined, data: string): readonly Step[] {
    if (this.#over || (data === '' && name !== 'error')) return NONE;
    if (isDone(data)) return this.#mark();
    const chunk = parseObject(data);
    const failure = failureIn(name, chunk);
    if (chunk === undefined || failure)
      return this.#fail(errorStep(chunk, `The endpoint sent an event that cannot be read: ${data.slice(0, 100)}`));
    return this.#take(chunk, 'delta');
  }

  end(): readonly Step[] {
    const whole = this.#choices.size > 0 && [...this.#choices.values()].every(({ finished }) => finished);
    return this.#over || !whole ? NONE : this.#close();
  }

  body(body: Buffer): readonly Step[] {
    const text = body.toString();
    const answer = parseObject(text) ?? parseObject(text.trim().replace(/^\[|\]$/g, ''));
    if (answer === undefined)
      return this.#fail(errorStep(undefined, 'The endpoint sent a body that is not a JSON object.'));
    if (failureIn(undefined, answer))
      return this.#fail(errorStep(answer, 'The endpoint sent an error without a message.'));
    const steps = [...this.#take(answer, 'message')];
    return this.#over ? steps : [...steps, ...this.#close()];
  }

  #take(chunk: JsonObject, form: 'delta' | 'message'): readonly Step[] {
    this.#steps = [];
    const choices = chunk['choices'];
    if (Array.isArray(choices) && choices.length > 0) {
      if (!this.#started) this.#start(chunk);
      for (const choice of objectsOf(choices)) {
        if (choice['finish_reason'] === 'error')
          return [...this.#steps, ...this.#fail(errorStep(undefined, 'The endpoint ended a choice with an error.'))];
        this.#takeChoice(choice, form);
      }
    }
    const { usage } = chunk;
    this.#usage = readChatUsage(objectOf(usage) ?? groqUsage(chunk)) ?? this.#usage;
    this.#tier = textOf(chunk['service_tier']) ?? this.#tier;
    return this.#steps;
  }

  #start(chunk: JsonObject): void {
    this.#started = true;
    const id = textOf(chunk['id']);
    const model = textOf(chunk['model']);
    const created = numberOf(chunk['created']);
    if (model !== undefined) this.#state.model = model;
    this.#steps.push({
      kind: 'start',
      ...(id === undefined ? {} : { id }),
      ...(model === undefined ? {} : { model }),
      ...(created === undefined || created === 0 ? {} : { created }),
    });
  }

  #takeChoice(choice: JsonObject, form: 'delta' | 'message'): void {
    const index = numberOf(choice['index']) ?? 0;
    let reader = this.#choices.get(index);
    if (reader === undefined) this.#choices.set(index, (reader = new ChoiceReader(index, this.#state)));
    // What some servers repeat behind the end says nothing.
    if (reader.finished) return;
    const message = objectOf(choice[form]) ?? objectOf(choice['delta']);
    if (message !== undefined && form === 'delta') reader.take(message, choice['logprobs']);
    else if (message !== undefined) reader.takeMessage(message, choice['logprobs']);
    const finish = textOf(choice['finish_reason']);
    if (finish !== undefined) reader.finish(finish);
  }

  /** The stream's mark; of an answer that has not finished it is no end, and what the client is told is the proxy's word. */
  #mark(): readonly Step[] {
    const unfinished = [...this.#choices.values()].some(({ finished }) => !finished);
    if (!unfinished) return this.#close();
    this.#over = true;
    return NONE;
  }

  #close(): readonly Step[] {
    if (this.#choices.size === 0)
      return this.#fail(errorStep(undefined, 'The endpoint ended its answer without a choice.'));
    const unfinished = [...this.#choices.values()].some(({ finished }) => !finished);
    if (unfinished) return this.#fail(errorStep(undefined, 'The endpoint ended its answer without a finish_reason.'));
    this.#over = true;
    const usage = this.#usage;
    if (usage === undefined) return [{ kind: 'end' }];
    return [
      { kind: 'usage', usage, ...(this.#tier === undefined ? {} : { serviceTier: this.#tier }) },
      { kind: 'end' },
    ];
  }

  #fail(step: Step): readonly Step[] {
    this.#over = true;
    return [step];
  }
}

function isDone(data: string): boolean {
  return data.length < 32 && data.trim() === '[DONE]';
}

function failureIn(name: string | undefined, chunk: JsonObject | undefined): boolean {
  if (name === 'error') return true;
  return chunk !== undefined && (isError(chunk['error']) || isFlatError(chunk));
}

function groqUsage(chunk: JsonObject): JsonObject | undefined {
  return objectOf(objectOf(chunk['x_groq'])?.['usage']);
}
