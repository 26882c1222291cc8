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

/** Members of an event as JSON text, by name. */
export type EventFields = Readonly<Record<string, string>>;

/** What the deltas of a series share: it is written once. */
interface DeltaForm {
  /** Up to the delta. */
  readonly start: string;
  readonly afterDelta: string;
  /** From the padding to the sequence number. */
  readonly afterPadding: string;
  readonly end: string;
}

interface Place {
  readonly item: string;
  readonly output: number;
  readonly content?: number;
  readonly summary?: number;
}

/** The members of a place that stand between others by the alphabet. */
function deltaForm(type: string, { item, output, content, summary }: Place): DeltaForm {
  const at = content === undefined ? '' : `"content_index":${content},`;
  return {
    start: `event: ${type}\ndata: {"type":"${type}",${at}"delta":`,
    afterDelta: `,"item_id":"${item}"`,
    afterPadding: `,"output_index":${output},"sequence_number":`,
    end: summary === undefined ? '}\n\n' : `,"summary_index":${summary}}\n\n`,
  };
}

function fieldsOf({ item, output, content, summary }: Place): EventFields {
  return {
    item_id: `"${item}"`,
    output_index: String(output),
    ...(content !== undefined && { content_index: String(content) }),
    ...(summary !== undefined && { summary_index: String(summary) }),
  };
}

/** Makes events and numbers them from 0: `type` first, then the other members by the alphabet, as the provider writes them. */
class Numbering {
  private number = 0;
  private readonly random: Random;
  private readonly obfuscate: boolean;

  constructor(random: Random, obfuscate: boolean) {
    this.random = random;
    this.obfuscate = obfuscate;
  }

  /** `fields`: the members besides type and sequence number. */
  event(type: string, fields: EventFields, kind: StreamEvent['kind'] = 'open', tokens = 0): StreamEvent {
    const members: EventFields = { ...fields, sequence_number: String(this.number) };
    const written = Object.keys(members).toSorted();
    const data = written.map((name) => `,"${name}":${members[name]}`).join('');
    this.number += 1;
    return { bytes: `event: ${type}\ndata: {"type":"${type}"${data}}\n\n`, kind, tokens };
  }

  /** A delta that is neither padded nor one of many. */
  bare(type: string, fields: EventFields, delta: string): StreamEvent {
    return this.event(type, { ...fields, delta: quote(delta) }, 'content', 1);
  }

  padded(type: string, fields: EventFields, delta: string): StreamEvent {
    const hidden: EventFields = this.obfuscate ? { obfuscation: `"${this.padding(delta)}"` } : {};
    return this.bare(type, { ...fields, ...hidden }, delta);
  }

  oneOf({ start, afterDelta, afterPadding, end }: DeltaForm, delta: string, logprobs = ''): StreamEvent {
    const hidden = this.obfuscate ? `,"obfuscation":"${this.padding(delta)}"` : '';
    const bytes = `${start}${quote(delta)}${afterDelta}${logprobs}${hidden}${afterPadding}${this.number}${end}`;
    this.number += 1;
    return { bytes, kind: 'content', tokens: 1 };
  }

  private padding(delta: string): string {
    return padding(characters(delta), 0, this.random);
  }
}

type Events = Generator<StreamEvent>;

function* reasoning(list: Numbering, item: ReasoningItem, output: number): Events {
  for (const [summary, { text, pieces }] of item.parts.entries()) {
    const place = { item: item.id, output, summary };
    const where = fieldsOf(place);
    const part = (shown: string): EventFields => ({
      ...where,
      part: `{"type":"summary_text","text":${quote(shown)}}`,
    });
    yield list.event('response.reasoning_summary_part.added', part(''));
    const form = deltaForm('response.reasoning_summary_text.delta', place);
    for (const piece of pieces) yield list.oneOf(form, piece);
    yield list.event('response.reasoning_summary_text.done', { ...where, text: quote(text) });
    yield list.event('response.reasoning_summary_part.done', part(text));
  }
  if (item.open) yield* openReasoning(list, item.open, fieldsOf({ item: item.id, output, content: 0 }));
}

function* openReasoning(list: Numbering, { text, pieces }: SpokenText, where: EventFields): Events {
  const part = (shown: string): EventFields => ({ ...where, part: `{"type":"reasoning_text","text":${quote(shown)}}` });
  yield list.event('response.content_part.added', part(''));
  for (const piece of pieces) yield list.bare('response.reasoning_text.delta', where, piece);
  yield list.event('response.reasoning_text.done', { ...where, text: quote(text) });
  yield list.event('response.content_part.done', part(text));
}

function* message(list: Numbering, item: MessageItem, output: number): Events {
  const place = { item: item.id, output, content: 0 };
  const where = fieldsOf(place);
  yield list.event('response.content_part.added', { ...where, part: contentPart(item, '') });
  if (item.part === 'refusal') {
    for (const piece of item.pieces) yield list.bare('response.refusal.delta', where, piece);
    yield list.event('response.refusal.done', { ...where, refusal: quote(item.text) }, 'close');
  } else {
    const form = deltaForm('response.output_text.delta', place);
    for (const piece of item.pieces) yield list.oneOf(form, piece, `,"logprobs":${item.logprobs(piece)}`);
    for (const [at, annotation] of item.annotations.entries()) {
      yield list.event('response.output_text.annotation.added', { ...where, annotation, annotation_index: String(at) });
    }
    const logprobs = item.text === '' ? '[]' : item.logprobs(item.text);
    yield list.event('response.output_text.done', { ...where, text: quote(item.text), logprobs }, 'close');
  }
  // The finished part comes without the logprobs that its deltas and the finished item have.
  const finished = contentPart({ ...item, logprobs: () => '[]' }, item.text);
  yield list.event('response.content_part.done', { ...where, part: finished }, 'close');
}

function* call(list: Numbering, item: CallItem, output: number): Events {
  const place = { item: item.id, output };
  const where = fieldsOf(place);
  const input = quote(item.call.input);
  if (item.kind === 'custom_tool_call') {
    for (const piece of item.call.pieces) yield list.bare('response.custom_tool_call_input.delta', where, piece);
    yield list.event('response.custom_tool_call_input.done', { ...where, input }, 'close');
    return;
  }
  const form = deltaForm('response.function_call_arguments.delta', place);
  for (const piece of item.call.pieces) yield list.oneOf(form, piece);
  yield list.event('response.function_call_arguments.done', { ...where, arguments: input }, 'close');
}

function* hosted(list: Numbering, item: HostedItem, output: number): Events {
  for (const { type, fields, delta, padded, unnamed } of item.events) {
    const where = unnamed ? { output_index: String(output) } : fieldsOf({ item: item.id, output });
    const [name, members] = [`response.${type}`, { ...where, ...fields }];
    if (delta === undefined) yield list.event(name, members);
    else if (padded) yield list.padded(name, members, delta);
    else yield list.bare(name, members, delta);
  }
}

/** The sound comes in one piece, its transcript word by word. */
function* spoken(list: Numbering, { responseId, data, text, pieces }: SpokenAudio): Events {
  const of = { response_id: `"${responseId}"` };
  yield list.event('response.audio.delta', { ...of, delta: `"${data}"` }, 'content');
  for (const piece of pieces) yield list.bare('response.audio.transcript.delta', of, piece);
  yield list.event('response.audio.transcript.done', { ...of, transcript: quote(text) }, 'close');
  yield list.event('response.audio.done', of, 'close');
}

function* eventsOf(
  items: readonly OutputItem[],
  snapshots: StreamSnapshots,
  options: ResponsesStreamOptions,
  random: Random,
): Events {
  const list = new Numbering(random, options.obfuscate && !options.background);
  yield list.event('response.created', { response: snapshots.created });
  if (options.background) yield list.event('response.queued', { response: snapshots.created });
  yield list.event('response.in_progress', { response: snapshots.inProgress });
  for (const [index, item] of items.entries()) {
    const output_index = String(index);
    yield list.event('response.output_item.added', { item: item.added, output_index });
    if (item.kind === 'reasoning') yield* reasoning(list, item, index);
    else if (item.kind === 'message') yield* message(list, item, index);
    else if (item.kind === 'hosted') yield* hosted(list, item, index);
    else yield* call(list, item, index);
    yield list.event('response.output_item.done', { item: item.done, output_index }, 'close');
  }
  if (options.audio) yield* spoken(list, options.audio);
  if (options.error) yield list.event('error', { error: options.error }, 'close');
  yield list.event(`response.${options.final}`, { response: snapshots.final }, 'close');
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
