import type { JsonObject } from '../../core/json.ts';
import { numberOf, objectOf, textOf } from '../fields.ts';
import type { Step } from '../steps.ts';
import { inputText } from './read-messages.ts';
import { readSeal } from './read-reasoning.ts';

/** What the choices of one answer share. */
export interface AnswerState {
  readonly steps: Step[];
  model?: string;
  nextBlock(): number;
}

interface Call {
  /** As the endpoint numbers it, where it does. */
  readonly index: number | undefined;
  readonly block: number;
  readonly custom: boolean;
  id: string;
  name: string;
  /** Input that came before the name did. */
  waiting: string;
  started: boolean;
}

/** One entry of `tool_calls`. */
interface Entry {
  readonly index: number | undefined;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly custom: boolean;
  readonly input: string;
}

/** Reads the calls of one choice: numbered, unnumbered, whole or in pieces. */
export class CallReader {
  readonly #choice: number;
  readonly #state: AnswerState;
  readonly #before: () => void;
  readonly #calls: Call[] = [];

  /** `before` is done where a call begins. */
  constructor(choice: number, state: AnswerState, before: () => void) {
    this.#choice = choice;
    this.#state = state;
    this.#before = before;
  }

  get any(): boolean {
    return this.#calls.length > 0;
  }

  /** Takes the `tool_calls` of one delta. */
  take(entries: readonly JsonObject[]): void {
    for (const [place, entry] of entries.entries()) {
      const read = readEntry(entry);
      const call = this.#callOf(read, entries.length > 1 ? place : undefined) ?? this.#begin(read);
      if (call.id === '') call.id = read.id ?? '';
      if (call.name === '') call.name = read.name ?? '';
      if (call.name !== '') this.#start(call);
      if (read.input !== '') this.#input(call, read.input);
      const seal = entry['extra_content'] === undefined ? undefined : readSeal(entry);
      if (seal !== undefined) this.#state.steps.push({ kind: 'seal', block: call.block, seal });
    }
  }

  finish(): void {
    for (const call of this.#calls) {
      this.#start(call);
      this.#state.steps.push({ kind: 'block-end', block: call.block });
    }
  }

  #input(call: Call, input: string): void {
    if (call.started) this.#state.steps.push({ kind: 'call-delta', block: call.block, input });
    else call.waiting += input;
  }

  #begin({ index, custom }: Entry): Call {
    this.#before();
    const block = this.#state.nextBlock();
    const call = { index, block, custom, id: '', name: '', waiting: '', started: false };
    this.#calls.push(call);
    return call;
  }

  #start(call: Call): void {
    if (call.started) return;
    call.started = true;
    const { block, id, name, custom } = call;
    const { steps } = this.#state;
    steps.push({ kind: 'call-start', block, choice: this.#choice, id, name, ...(custom ? { custom } : {}) });
    if (call.waiting !== '') steps.push({ kind: 'call-delta', block, input: call.waiting });
  }

  /** The call that goes on with this entry; undefined where one begins. `place`: among several entries of one delta. */
  #callOf({ index, id, name }: Entry, place: number | undefined): Call | undefined {
    const same = index === undefined ? this.#calls : this.#calls.filter((call) => call.index === index);
    const open = same.at(-1);
    if (id !== undefined) {
      const known = same.findLast((call) => call.id === id);
      if (known !== undefined || index === undefined) return known;
      return open?.id === '' ? open : undefined;
    }
    // Without a number a name begins a call: such servers send each call whole.
    if (index === undefined && name !== undefined) return undefined;
    if (index === undefined) return place === undefined ? open : same[place];
    return open !== undefined && isOther(open.name, name) ? undefined : open;
  }
}

function isOther(before: string, name: string | undefined): boolean {
  return name !== undefined && before !== '' && before !== name;
}

function readEntry(entry: JsonObject): Entry {
  const custom = entry['type'] === 'custom' || (entry['function'] === undefined && entry['custom'] !== undefined);
  const body = objectOf(entry['function']) ?? objectOf(entry['custom']);
  return {
    index: numberOf(entry['index']),
    id: textOf(entry['id']),
    name: textOf(body?.['name']),
    custom,
    input: inputText(custom ? body?.['input'] : body?.['arguments']),
  };
}
