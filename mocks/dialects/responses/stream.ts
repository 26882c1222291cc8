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

/** Writes events in order and numbers them from 0. */
class EventList {
  readonly events: StreamEvent[] = [];
  private readonly random: Random;
  private readonly obfuscate: boolean;

  constructor(random: Random, obfuscate: boolean) {
    this.random = random;
    this.obfuscate = obfuscate;
  }

  /** `fields`: the members after type and sequence number, without braces. */
  add(type: string, fields: string, kind: StreamEvent['kind'] = 'open', tokens = 0): void {
    const number = this.events.length;
    const bytes = `event: ${type}\ndata: {"type":"${type}","sequence_number":${number},${fields}}\n\n`;
    this.events.push({ bytes, kind, tokens });
  }

  delta(type: string, where: string, delta: string, more = ''): void {
    const hidden = this.obfuscate ? `,"obfuscation":"${padding(characters(delta), 0, this.random)}"` : '';
    this.add(type, `${where},"delta":${quote(delta)}${more}${hidden}`, 'content', 1);
  }
}

function reasoning(list: EventList, item: ReasoningItem, index: number): void {
  const here = `"item_id":"${item.id}","output_index":${index}`;
  for (const [at, { text, pieces }] of item.parts.entries()) {
    const where = `${here},"summary_index":${at}`;
    const part = (shown: string): string => `"part":{"type":"summary_text","text":${quote(shown)}}`;
    list.add('response.reasoning_summary_part.added', `${where},${part('')}`);
    for (const piece of pieces) list.delta('response.reasoning_summary_text.delta', where, piece);
    list.add('response.reasoning_summary_text.done', `${where},"text":${quote(text)}`);
    list.add('response.reasoning_summary_part.done', `${where},${part(text)}`);
  }
  if (item.open) openReasoning(list, item.open, `${here},"content_index":0`);
}

function openReasoning(list: EventList, { text, pieces }: SpokenText, where: string): void {
  const part = (shown: string): string => `"part":{"type":"reasoning_text","text":${quote(shown)}}`;
  list.add('response.content_part.added', `${where},${part('')}`);
  for (const piece of pieces)
    list.add('response.reasoning_text.delta', `${where},"delta":${quote(piece)}`, 'content', 1);
  list.add('response.reasoning_text.done', `${where},"text":${quote(text)}`);
  list.add('response.content_part.done', `${where},${part(text)}`);
}

function message(list: EventList, item: MessageItem, index: number): void {
  const where = `"item_id":"${item.id}","output_index":${index},"content_index":0`;
  list.add('response.content_part.added', `${where},"part":${contentPart(item, '')}`);
  if (item.part === 'refusal') {
    for (const piece of item.pieces) {
      list.add('response.refusal.delta', `${where},"delta":${quote(piece)}`, 'content', 1);
    }
    list.add('response.refusal.done', `${where},"refusal":${quote(item.text)}`, 'close');
  } else {
    for (const piece of item.pieces) {
      list.delta('response.output_text.delta', where, piece, `,"logprobs":${item.logprobs(piece)}`);
    }
    for (const [at, annotation] of item.annotations.entries()) {
      list.add('response.output_text.annotation.added', `${where},"annotation_index":${at},"annotation":${annotation}`);
    }
    const logprobs = item.text === '' ? '[]' : item.logprobs(item.text);
    list.add('response.output_text.done', `${where},"text":${quote(item.text)},"logprobs":${logprobs}`, 'close');
  }
  list.add('response.content_part.done', `${where},"part":${contentPart(item, item.text)}`, 'close');
}

function call(list: EventList, item: CallItem, index: number): void {
  const where = `"item_id":"${item.id}","output_index":${index}`;
  if (item.kind === 'custom_tool_call') {
    for (const piece of item.call.pieces) {
      list.add('response.custom_tool_call_input.delta', `${where},"delta":${quote(piece)}`, 'content', 1);
    }
    list.add('response.custom_tool_call_input.done', `${where},"input":${quote(item.call.input)}`, 'close');
    return;
  }
  for (const piece of item.call.pieces) list.delta('response.function_call_arguments.delta', where, piece);
  list.add('response.function_call_arguments.done', `${where},"arguments":${quote(item.call.input)}`, 'close');
}

function hosted(list: EventList, item: HostedItem, index: number): void {
  for (const { type, fields, delta, padded, unnamed } of item.events) {
    const where = unnamed ? `"output_index":${index}` : `"item_id":"${item.id}","output_index":${index}`;
    const name = `response.${type}`;
    if (delta === undefined) list.add(name, where + fields);
    else if (padded) list.delta(name, where + fields, delta);
    else list.add(name, `${where}${fields},"delta":${quote(delta)}`, 'content', 1);
  }
}

/** The sound comes in one piece, its transcript word by word. */
function spoken(list: EventList, { responseId, data, text, pieces }: SpokenAudio): void {
  const of = `"response_id":"${responseId}"`;
  list.add('response.audio.delta', `${of},"delta":"${data}"`, 'content');
  for (const piece of pieces)
    list.add('response.audio.transcript.delta', `${of},"delta":${quote(piece)}`, 'content', 1);
  list.add('response.audio.transcript.done', `${of},"transcript":${quote(text)}`, 'close');
  list.add('response.audio.done', of, 'close');
}

/** The whole event sequence: it ends with the terminal event, there is no `[DONE]`. */
export function responseEvents(
  items: readonly OutputItem[],
  snapshots: StreamSnapshots,
  options: ResponsesStreamOptions,
  random: Random,
): readonly StreamEvent[] {
  const list = new EventList(random, options.obfuscate && !options.background);
  list.add('response.created', `"response":${snapshots.created}`);
  if (options.background) list.add('response.queued', `"response":${snapshots.created}`);
  list.add('response.in_progress', `"response":${snapshots.inProgress}`);
  for (const [index, item] of items.entries()) {
    list.add('response.output_item.added', `"output_index":${index},"item":${item.added}`);
    if (item.kind === 'reasoning') reasoning(list, item, index);
    else if (item.kind === 'message') message(list, item, index);
    else if (item.kind === 'hosted') hosted(list, item, index);
    else call(list, item, index);
    list.add('response.output_item.done', `"output_index":${index},"item":${item.done}`, 'close');
  }
  if (options.audio) spoken(list, options.audio);
  if (options.error) list.add('error', `"error":${options.error}`, 'close');
  list.add(`response.${options.final}`, `"response":${snapshots.final}`, 'close');
  return list.events;
}
