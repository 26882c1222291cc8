import { quote } from '../json.ts';
import { characters, padding } from '../obfuscation.ts';
import type { Random, StreamEvent } from '../reply.ts';
import type { CallItem, HostedItem, MessageItem, OutputItem, ReasoningItem, SpokenText } from './items.ts';
import { contentPart } from './items.ts';

/** The response as compact JSON at the three moments a stream shows it. */
export interface StreamSnapshots {
  /** Status `queued` in background, else `in_progress`. */
  readonly created: string;
  readonly inProgress: string;
  readonly final: string;
}

export interface ResponsesStreamOptions {
  readonly background: boolean;
  readonly obfuscate: boolean;
  readonly final: 'completed' | 'incomplete' | 'failed';
  /** Compact JSON of the error that a failed response is announced with. */
  readonly error?: string | undefined;
  /** Sound that is spoken along with the text. */
  readonly audio?: SpokenAudio | undefined;
}

export interface SpokenAudio extends SpokenText {
  readonly responseId: string;
  /** Base64. */
  readonly data: string;
}

/** What the deltas of a series share: it is written once. */
interface DeltaForm {
  /** Up to the sequence number. */
  readonly start: string;
  /** Up to the delta. */
  readonly where: string;
}

function deltaForm(type: string, where: string): DeltaForm {
  return {
    start: `event: ${type}\ndata: {"type":"${type}","sequence_number":`,
    where: `,${where},"delta":`,
  };
}

/** Makes events and numbers them from 0. */
class Numbering {
  private number = 0;
  private readonly random: Random;
  private readonly obfuscate: boolean;

  constructor(random: Random, obfuscate: boolean) {
    this.random = random;
    this.obfuscate = obfuscate;
  }

  /** `fields`: the members after type and sequence number, without braces. */
  event(type: string, fields: string, kind: StreamEvent['kind'] = 'open', tokens = 0): StreamEvent {
    const bytes = `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.number},${fields}}\n\n`;
    this.number += 1;
    return { bytes, kind, tokens };
  }

  delta(type: string, where: string, delta: string): StreamEvent {
    return this.oneOf(deltaForm(type, where), delta);
  }

  oneOf({ start, where }: DeltaForm, delta: string, more = ''): StreamEvent {
    const hidden = this.obfuscate ? `,"obfuscation":"${padding(characters(delta), 0, this.random)}"}\n\n` : '}\n\n';
    const bytes = `${start}${this.number}${where}${quote(delta)}${more}${hidden}`;
    this.number += 1;
    return { bytes, kind: 'content', tokens: 1 };
  }
}

type Events = Generator<StreamEvent>;

function* reasoning(list: Numbering, item: ReasoningItem, index: number): Events {
  const here = `"item_id":"${item.id}","output_index":${index}`;
  for (const [at, { text, pieces }] of item.parts.entries()) {
    const where = `${here},"summary_index":${at}`;
    const part = (shown: string): string => `"part":{"type":"summary_text","text":${quote(shown)}}`;
    yield list.event('response.reasoning_summary_part.added', `${where},${part('')}`);
    for (const piece of pieces) yield list.delta('response.reasoning_summary_text.delta', where, piece);
    yield list.event('response.reasoning_summary_text.done', `${where},"text":${quote(text)}`);
    yield list.event('response.reasoning_summary_part.done', `${where},${part(text)}`);
  }
  if (item.open) yield* openReasoning(list, item.open, `${here},"content_index":0`);
}

function* openReasoning(list: Numbering, { text, pieces }: SpokenText, where: string): Events {
  const part = (shown: string): string => `"part":{"type":"reasoning_text","text":${quote(shown)}}`;
  yield list.event('response.content_part.added', `${where},${part('')}`);
  for (const piece of pieces)
    yield list.event('response.reasoning_text.delta', `${where},"delta":${quote(piece)}`, 'content', 1);
  yield list.event('response.reasoning_text.done', `${where},"text":${quote(text)}`);
  yield list.event('response.content_part.done', `${where},${part(text)}`);
}

function* message(list: Numbering, item: MessageItem, index: number): Events {
  const where = `"item_id":"${item.id}","output_index":${index},"content_index":0`;
  yield list.event('response.content_part.added', `${where},"part":${contentPart(item, '')}`);
  if (item.part === 'refusal') {
    for (const piece of item.pieces) {
      yield list.event('response.refusal.delta', `${where},"delta":${quote(piece)}`, 'content', 1);
    }
    yield list.event('response.refusal.done', `${where},"refusal":${quote(item.text)}`, 'close');
  } else {
    const form = deltaForm('response.output_text.delta', where);
    for (const piece of item.pieces) {
      yield list.oneOf(form, piece, `,"logprobs":${item.logprobs(piece)}`);
    }
    for (const [at, annotation] of item.annotations.entries()) {
      yield list.event(
        'response.output_text.annotation.added',
        `${where},"annotation_index":${at},"annotation":${annotation}`,
      );
    }
    const logprobs = item.text === '' ? '[]' : item.logprobs(item.text);
    yield list.event(
      'response.output_text.done',
      `${where},"text":${quote(item.text)},"logprobs":${logprobs}`,
      'close',
    );
  }
  yield list.event('response.content_part.done', `${where},"part":${contentPart(item, item.text)}`, 'close');
}

function* call(list: Numbering, item: CallItem, index: number): Events {
  const where = `"item_id":"${item.id}","output_index":${index}`;
  if (item.kind === 'custom_tool_call') {
    for (const piece of item.call.pieces) {
      yield list.event('response.custom_tool_call_input.delta', `${where},"delta":${quote(piece)}`, 'content', 1);
    }
    yield list.event('response.custom_tool_call_input.done', `${where},"input":${quote(item.call.input)}`, 'close');
    return;
  }
  for (const piece of item.call.pieces) yield list.delta('response.function_call_arguments.delta', where, piece);
  yield list.event('response.function_call_arguments.done', `${where},"arguments":${quote(item.call.input)}`, 'close');
}

function* hosted(list: Numbering, item: HostedItem, index: number): Events {
  for (const { type, fields, delta, padded, unnamed } of item.events) {
    const where = unnamed ? `"output_index":${index}` : `"item_id":"${item.id}","output_index":${index}`;
    const name = `response.${type}`;
    if (delta === undefined) yield list.event(name, where + fields);
    else if (padded) yield list.delta(name, where + fields, delta);
    else yield list.event(name, `${where}${fields},"delta":${quote(delta)}`, 'content', 1);
  }
}

/** The sound comes in one piece, its transcript word by word. */
function* spoken(list: Numbering, { responseId, data, text, pieces }: SpokenAudio): Events {
  const of = `"response_id":"${responseId}"`;
  yield list.event('response.audio.delta', `${of},"delta":"${data}"`, 'content');
  for (const piece of pieces)
    yield list.event('response.audio.transcript.delta', `${of},"delta":${quote(piece)}`, 'content', 1);
  yield list.event('response.audio.transcript.done', `${of},"transcript":${quote(text)}`, 'close');
  yield list.event('response.audio.done', of, 'close');
}

function* eventsOf(
  items: readonly OutputItem[],
  snapshots: StreamSnapshots,
  options: ResponsesStreamOptions,
  random: Random,
): Events {
  const list = new Numbering(random, options.obfuscate && !options.background);
  yield list.event('response.created', `"response":${snapshots.created}`);
  if (options.background) yield list.event('response.queued', `"response":${snapshots.created}`);
  yield list.event('response.in_progress', `"response":${snapshots.inProgress}`);
  for (const [index, item] of items.entries()) {
    yield list.event('response.output_item.added', `"output_index":${index},"item":${item.added}`);
    if (item.kind === 'reasoning') yield* reasoning(list, item, index);
    else if (item.kind === 'message') yield* message(list, item, index);
    else if (item.kind === 'hosted') yield* hosted(list, item, index);
    else yield* call(list, item, index);
    yield list.event('response.output_item.done', `"output_index":${index},"item":${item.done}`, 'close');
  }
  if (options.audio) yield* spoken(list, options.audio);
  if (options.error) yield list.event('error', `"error":${options.error}`, 'close');
  yield list.event(`response.${options.final}`, `"response":${snapshots.final}`, 'close');
}

/** The whole event sequence: it ends with the terminal event, there is no `[DONE]`. Each is made when it is asked for. */
export function responseEvents(
  items: readonly OutputItem[],
  snapshots: StreamSnapshots,
  options: ResponsesStreamOptions,
  random: Random,
): Iterable<StreamEvent> {
  return { [Symbol.iterator]: () => eventsOf(items, snapshots, options, random) };
}
