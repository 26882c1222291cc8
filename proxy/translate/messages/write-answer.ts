import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { parseExact } from '../../wire/json-exact.ts';
import { plainId } from '../call-ids.ts';
import { failureOfStep, writeFailure } from '../errors.ts';
import type { AnswerContext, AnswerWriter, NeutralUsage, Step, StopCause } from '../steps.ts';
import { BlockOrder, type BlockSink } from './block-order.ts';
import { writeUsage } from './usage.ts';

type Finish = Extract<Step, { kind: 'finish' }>;

/** Writes an answer of Anthropic's Messages API. */
export class MessagesWriter implements AnswerWriter {
  private readonly context: AnswerContext;
  private readonly sink: EventSink;
  private readonly order: BlockOrder;
  private readonly end = new AnswerEnd();
  private over = false;

  constructor(context: AnswerContext) {
    this.context = context;
    this.sink = new EventSink(() => this.start());
    this.order = new BlockOrder(this.sink, (given) => callId(given, context));
  }

  events(steps: readonly Step[]): readonly Buffer[] {
    this.order.foresee(steps);
    for (const step of steps) {
      if (this.over) break;
      if ('block' in step) this.order.take(step);
      else if (step.kind === 'error') this.fail(step);
      else if (step.kind === 'end') this.stop();
      else this.end.note(step);
    }
    if (!this.over) this.order.flush();
    const text = this.sink.drain();
    return text === '' ? [] : [Buffer.from(text)];
  }

  body(steps: readonly Step[]): Buffer {
    const sink = new BodySink();
    const order = new BlockOrder(sink, (given) => callId(given, this.context));
    const end = new AnswerEnd();
    order.foresee(steps);
    for (const step of steps) {
      if (step.kind === 'error') return Buffer.from(JSON.stringify(writeFailure('messages', failureOfStep(step)).body));
      if ('block' in step) order.take(step);
      else end.note(step);
    }
    order.finish();
    const message = envelope(this.context, end, sink.content, end.delta(order.hasCall));
    return Buffer.from(JSON.stringify({ ...message, usage: writeUsage(end.usage ?? NO_USAGE, end.serviceTier) }));
  }

  /** Written when the first block begins: until then a failure could still be answered by another endpoint. */
  private start(): string {
    const { end, context } = this;
    const usage = end.started?.usage ?? { input: estimate(context.request), output: 0 };
    const message = envelope(context, end, [], { stop_reason: null, stop_sequence: null, stop_details: null });
    // Some clients add what the end says to this, others put it in its place.
    const start = { type: 'message_start', message: { ...message, usage: writeUsage({ ...usage, output: 0 }) } };
    return `event: message_start\ndata: ${JSON.stringify(start)}\n\nevent: ping\ndata: {"type": "ping"}\n\n`;
  }

  private stop(): void {
    if (this.end.finish === undefined) {
      this.fail({ kind: 'error', message: 'The endpoint ended its answer without saying why.', status: 502 });
      return;
    }
    this.order.finish();
    const usage = writeUsage(this.end.usage ?? NO_USAGE, this.end.serviceTier);
    const { cache_creation: _, service_tier: _tier, ...totals } = usage;
    this.sink.event('message_delta', { delta: this.end.delta(this.order.hasCall), usage: totals });
    this.sink.event('message_stop', {});
    this.over = true;
  }

  private fail(step: Extract<Step, { kind: 'error' }>): void {
    this.over = true;
    const { error } = writeFailure('messages', failureOfStep(step)).body;
    this.sink.failure(error ?? null);
  }
}

const NO_USAGE: NeutralUsage = { input: 0, output: 0 };

/** What is said of a whole answer, at its start and at its end. */
class AnswerEnd {
  started: Extract<Step, { kind: 'start' }> | undefined;
  finish: Finish | undefined;
  usage: NeutralUsage | undefined;
  serviceTier: string | undefined;

  note(step: Step): void {
    if (step.kind === 'start') {
      this.started = step;
      this.usage ??= step.usage;
    } else if (step.kind === 'finish' && step.choice === 0) this.finish = step;
    else if (step.kind === 'usage') {
      this.usage = step.usage;
      this.serviceTier = step.serviceTier;
    }
  }

  delta(hasCall: boolean): { stop_reason: string | null; stop_sequence: string | null; stop_details: Json } {
    const { finish } = this;
    const reason = finish === undefined ? null : stopReason(finish.cause, hasCall);
    return {
      stop_reason: reason,
      stop_sequence: finish?.stopSequence ?? null,
      stop_details: reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
    };
  }
}

const REASONS: Readonly<Record<StopCause, string>> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  context_length: 'model_context_window_exceeded',
  tool_calls: 'tool_use',
  filter: 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
};

function stopReason(cause: StopCause, hasCall: boolean): string {
  if (cause === 'stop' && hasCall) return 'tool_use';
  return cause === 'tool_calls' && !hasCall ? 'end_turn' : REASONS[cause];
}

/** Members in the order of the API. */
function envelope(context: AnswerContext, end: AnswerEnd, content: JsonObject[], stop: JsonObject): JsonObject {
  return {
    model: end.started?.model ?? context.model,
    id: context.id ?? `msg_01${context.random.alnum(22)}`,
    type: 'message',
    role: 'assistant',
    content,
    ...stop,
  };
}

function callId(given: string, { random }: AnswerContext): string {
  return given === '' ? `toolu_01${random.alnum(22)}` : plainId(given);
}

/** About the number of tokens of a request, of which the stream's first event speaks: a quarter of its characters. */
function estimate(value: Json): number {
  return Math.max(1, Math.ceil(characters(value) / 4));
}

function characters(value: Json | undefined): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  let sum = 0;
  if (Array.isArray(value)) for (const item of value) sum += characters(item);
  else for (const name in value) sum += characters(value[name]);
  return sum;
}

/** Writes blocks as events. */
class EventSink implements BlockSink {
  private readonly start: () => string;
  private out = '';
  private index = -1;

  constructor(start: () => string) {
    this.start = start;
  }

  /** The events since the last call. */
  drain(): string {
    const { out } = this;
    this.out = '';
    return out;
  }

  event(type: string, members: JsonObject): void {
    if (this.index === -1) this.open();
    this.out += `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
  }

  /** An error may be all that is ever said. */
  failure(error: Json): void {
    this.out += `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`;
  }

  begin(block: JsonObject): void {
    if (this.index === -1) this.open();
    this.out += `event: content_block_start\ndata: {"type":"content_block_start","index":${this.index},"content_block":${JSON.stringify(block)}}\n\n`;
  }

  text(text: string): void {
    this.delta(`{"type":"text_delta","text":${JSON.stringify(text)}}`);
  }

  thought(text: string): void {
    this.delta(`{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`);
  }

  signature(signature: string): void {
    this.delta(`{"type":"signature_delta","signature":${JSON.stringify(signature)}}`);
  }

  citation(citation: JsonObject): void {
    this.delta(`{"type":"citations_delta","citation":${JSON.stringify(citation)}}`);
  }

  input(json: string): void {
    this.delta(`{"type":"input_json_delta","partial_json":${JSON.stringify(json)}}`);
  }

  end(): void {
    this.out += `event: content_block_stop\ndata: {"type":"content_block_stop","index":${this.index}}\n\n`;
    this.index += 1;
  }

  private open(): void {
    this.out += this.start();
    this.index = 0;
  }

  private delta(delta: string): void {
    this.out += `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.index},"delta":${delta}}\n\n`;
  }
}

/** Collects blocks for a whole answer. */
class BodySink implements BlockSink {
  readonly content: JsonObject[] = [];
  private block: JsonObject = {};
  private words = '';

  begin(block: JsonObject): void {
    this.block = block;
    this.words = '';
    this.content.push(block);
  }

  text(text: string): void {
    this.words += text;
  }

  thought(text: string): void {
    this.words += text;
  }

  signature(signature: string): void {
    this.block['signature'] = signature;
  }

  citation(citation: JsonObject): void {
    const citations = this.block['citations'];
    this.block['citations'] = Array.isArray(citations) ? [...citations, citation] : [citation];
  }

  input(json: string): void {
    this.words += json;
  }

  end(): void {
    const { block, words } = this;
    if (block['type'] === 'text') block['text'] = words;
    else if (block['type'] === 'thinking') block['thinking'] = words;
    else if (block['type'] === 'tool_use') block['input'] = parsedInput(words);
  }
}

/** Arguments that are not a JSON object are told in one. */
function parsedInput(json: string): JsonObject {
  if (json.trim() === '') return {};
  try {
    const value = parseExact(json);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below.
  }
  return { INVALID_JSON: json };
}
