import type { Json, JsonObject } from '../../core/json.ts';
import { isError, isFlatError } from '../../protocols/openai/completion-chunk.ts';
import { parseObject } from '../../wire/json-object.ts';
import { errorStep } from '../answer-error.ts';
import { numberOf, objectOf, objectsOf, textOf } from '../fields.ts';
import type { AnswerReader, Step, StopCause } from '../steps.ts';
import { ItemReader, itemOf, placeOf } from './read-items.ts';
import { readResponseUsage } from './response-object.ts';

const NONE: readonly Step[] = [];

/** Reads the events or the body of a response. */
export class ResponsesAnswerReader implements AnswerReader {
  readonly #items = new Map<number, ItemReader>();
  readonly #steps: Step[] = [];
  #blocks = 0;
  #started = false;
  #model: string | undefined;
  #over = false;

  event(name: string | undefined, data: string): readonly Step[] {
    if (this.#over || data === '' || isDone(data)) return NONE;
    const event = parseObject(data);
    if (event === undefined)
      return this.#fail(errorStep(undefined, `The endpoint sent an event that cannot be read: ${data.slice(0, 100)}`));
    const type = textOf(event['type']) ?? name ?? '';
    if (type === 'error' || isError(event['error']) || (event['type'] === undefined && isFlatError(event))) {
      return this.#fail(errorStep(event, 'The endpoint sent an error without a message.'));
    }
    this.#take(type, event);
    return this.#steps.splice(0);
  }

  /** Only a terminal event ends a response. */
  end(): readonly Step[] {
    return NONE;
  }

  body(body: Buffer): readonly Step[] {
    const response = parseObject(body.toString());
    if (response === undefined)
      return this.#fail(errorStep(undefined, 'The endpoint sent a body that is not a JSON object.'));
    if (isFlatError(response)) return this.#fail(errorStep(response, 'The endpoint sent an error without a message.'));
    this.#start(response);
    this.#terminal(response);
    return this.#steps.splice(0);
  }

  #take(type: string, event: JsonObject): void {
    const place = placeOf(event, 'output_index');
    if (type === 'response.output_text.delta') {
      this.#item(place, 'message').text(
        placeOf(event, 'content_index'),
        textOf(event['delta']) ?? '',
        event['logprobs'],
      );
      return;
    }
    const response = objectOf(event['response']);
    if (response !== undefined) {
      this.#start(response);
      if (isTerminal(type)) this.#terminal(response);
      return;
    }
    const item = itemOf(event);
    if (type === 'response.output_item.added' && item !== undefined) this.#item(place).add(item);
    else if (type === 'response.output_item.done' && item !== undefined) this.#item(place).end(item, this.#model);
    else this.#piece(type, event, place);
  }

  #piece(type: string, event: JsonObject, place: number): void {
    const read = PIECES[type];
    if (read !== undefined) read(this.#item(place, KINDS[type]), event);
  }

  /** `kind`: of an item that was never added. */
  #item(place: number, kind?: string): ItemReader {
    let item = this.#items.get(place);
    if (item === undefined) {
      item = new ItemReader(this.#steps, () => this.#blocks++);
      this.#items.set(place, item);
    }
    if (kind !== undefined && item.kind === '') item.add({ type: kind });
    return item;
  }

  #start(response: JsonObject): void {
    if (this.#started) return;
    this.#started = true;
    const id = textOf(response['id']);
    const created = numberOf(response['created_at']);
    this.#model = textOf(response['model']);
    this.#steps.push({
      kind: 'start',
      ...(id === undefined ? {} : { id }),
      ...(this.#model === undefined ? {} : { model: this.#model }),
      ...(created === undefined ? {} : { created }),
    });
  }

  #terminal(response: JsonObject): void {
    this.#over = true;
    const { status, error, output } = response;
    if (isError(error) || (status !== 'completed' && status !== 'incomplete')) {
      const message = `The response of the endpoint is ${textOf(status) ?? 'none'}.`;
      this.#steps.push(isError(error) ? errorStep(response, message) : errorStep(undefined, message));
      return;
    }
    for (const [place, item] of objectsOf(output).entries()) this.#item(place).end(item, this.#model);
    const items = [...this.#items.values()];
    const cause = causeOf(response, items);
    this.#steps.push({ kind: 'finish', choice: 0, cause, native: textOf(status) });
    const usage = readResponseUsage(objectOf(response['usage']));
    const serviceTier = textOf(response['service_tier']);
    if (usage !== undefined)
      this.#steps.push({ kind: 'usage', usage, ...(serviceTier === undefined ? {} : { serviceTier }) });
    this.#steps.push({ kind: 'end' });
  }

  #fail(step: Step): readonly Step[] {
    this.#over = true;
    return [...this.#steps.splice(0), step];
  }
}

function isDone(data: string): boolean {
  return data.length < 32 && data.trim() === '[DONE]';
}

function isTerminal(type: string): boolean {
  return type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed';
}

function causeOf(response: JsonObject, items: readonly ItemReader[]): StopCause {
  if (response['status'] === 'incomplete') {
    return objectOf(response['incomplete_details'])?.['reason'] === 'content_filter' ? 'filter' : 'length';
  }
  if (items.some((item) => item.isCall)) return 'tool_calls';
  return items.some((item) => item.refused) ? 'refusal' : 'stop';
}

/** Kinds of items that some servers never add. */
const KINDS: Readonly<Record<string, string>> = {
  'response.output_text.done': 'message',
  'response.refusal.delta': 'message',
  'response.refusal.done': 'message',
  'response.reasoning_summary_text.delta': 'reasoning',
  'response.reasoning_text.delta': 'reasoning',
};

type ReadPiece = (item: ItemReader, event: JsonObject) => void;

const delta = (event: JsonObject): string => textOf(event['delta']) ?? '';
const content = (event: JsonObject): number => placeOf(event, 'content_index');
const summary = (event: JsonObject): number => placeOf(event, 'summary_index');
const value = (event: JsonObject, name: string): Json | undefined => event[name];

const PIECES: Readonly<Record<string, ReadPiece>> = {
  'response.output_text.done': (item, event) =>
    item.wholeText(content(event), value(event, 'text'), value(event, 'logprobs')),
  'response.output_text.annotation.added': (item, event) =>
    item.cite(content(event), objectOf(event['annotation']) ?? {}),
  'response.refusal.delta': (item, event) => item.refuse(content(event), delta(event)),
  'response.refusal.done': (item, event) => item.wholeRefusal(content(event), value(event, 'refusal')),
  'response.function_call_arguments.delta': (item, event) => item.input(delta(event)),
  'response.function_call_arguments.done': (item, event) => item.wholeInput(value(event, 'arguments')),
  'response.custom_tool_call_input.delta': (item, event) => item.input(delta(event)),
  'response.custom_tool_call_input.done': (item, event) => item.wholeInput(value(event, 'input')),
  'response.reasoning_summary_text.delta': (item, event) => item.think(summary(event), delta(event)),
  'response.reasoning_summary_text.done': (item, event) => item.wholeThought(summary(event), value(event, 'text')),
  'response.reasoning_text.delta': (item, event) => item.think(content(event), delta(event)),
  'response.reasoning_text.done': (item, event) => item.wholeThought(content(event), value(event, 'text')),
};
