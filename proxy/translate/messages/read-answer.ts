import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { parseExact } from '../../wire/json-exact.ts';
import { parseObject } from '../../wire/json-object.ts';
import { statusOfType } from '../errors.ts';
import type { AnswerHints, AnswerReader, Step, StopCause } from '../steps.ts';
import { readCitation } from './read-blocks.ts';
import { readUsage } from './usage.ts';

const CAUSES: Readonly<Record<string, StopCause>> = {
  end_turn: 'stop',
  stop_sequence: 'stop_sequence',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'context_length',
  refusal: 'refusal',
  pause_turn: 'pause',
  compaction: 'stop',
};

/** The block that is open at the endpoint. */
interface OpenBlock {
  readonly kind: 'text' | 'thinking' | 'call' | 'answer' | 'skipped';
  readonly block: number;
  /** Arguments that came with the start of a call; they count where no piece follows. */
  readonly input: JsonObject | undefined;
  hasPieces: boolean;
}

/** Reads an answer of Anthropic's Messages API. */
export class MessagesReader implements AnswerReader {
  private readonly formatTool: string | undefined;
  private model: string | undefined;
  private usage: JsonObject = {};
  private open: OpenBlock | undefined;
  private blocks = 0;
  private hasCall = false;
  private finished = false;

  constructor(hints: AnswerHints = {}) {
    this.formatTool = hints.formatTool;
  }

  event(_name: string | undefined, data: string): readonly Step[] {
    const event = parseObject(data);
    if (event === undefined) return [unreadable()];
    switch (event['type']) {
      case 'content_block_delta':
        return this.delta(event['delta']);
      case 'message_start':
        return this.start(event['message']);
      case 'content_block_start':
        return this.blockStart(event['content_block']);
      case 'content_block_stop':
        return this.blockStop();
      case 'message_delta':
        return this.messageDelta(event);
      case 'message_stop':
        // Without the event that says why the answer stopped it was cut on its way.
        return this.finished ? [{ kind: 'end' }] : [];
      case 'error':
        return [readError(event)];
      default:
        return [];
    }
  }

  /** The API always says `message_stop`: an answer without it was cut. */
  end(): readonly Step[] {
    return [];
  }

  body(body: Buffer): readonly Step[] {
    const message = parseBody(body);
    if (message === undefined) return [unreadable()];
    if (message['type'] === 'error' || isJsonObject(message['error'])) return [readError(message)];
    if (!Array.isArray(message['content'])) return [unreadable()];
    const steps: Step[] = [...this.start(message)];
    for (const block of message['content']) steps.push(...this.blockStart(block), ...this.blockStop());
    steps.push(...this.messageDelta({ delta: message }), { kind: 'end' });
    return steps;
  }

  private start(message: Json | undefined): Step[] {
    if (!isJsonObject(message)) return [];
    this.model = text(message['model']);
    if (isJsonObject(message['usage'])) this.usage = message['usage'];
    return [{ kind: 'start', id: text(message['id']), model: this.model, usage: readUsage(this.usage) }];
  }

  private blockStart(block: Json | undefined): Step[] {
    if (!isJsonObject(block)) return [];
    switch (block['type']) {
      case 'text':
        return this.textStart(block);
      case 'thinking':
      case 'redacted_thinking':
        return this.thoughtStart(block);
      case 'tool_use':
        return this.callStart(block);
      default:
        // What the provider's own tools did, and what is not known yet.
        this.open = { kind: 'skipped', block: -1, input: undefined, hasPieces: false };
        return [];
    }
  }

  private begin(kind: OpenBlock['kind'], input?: JsonObject): number {
    const block = this.blocks++;
    this.open = { kind, block, input, hasPieces: false };
    return block;
  }

  private textStart(block: JsonObject): Step[] {
    if (this.formatTool !== undefined) {
      // The answer's text is what the forced tool is called with.
      this.open = { kind: 'skipped', block: -1, input: undefined, hasPieces: false };
      return [];
    }
    const at = this.begin('text');
    const steps: Step[] = [{ kind: 'text-start', block: at, choice: 0 }];
    const citations = Array.isArray(block['citations']) ? block['citations'].filter(isJsonObject) : [];
    for (const citation of citations) steps.push({ kind: 'citation', block: at, citation: readCitation(citation) });
    const words = text(block['text']) ?? '';
    if (words !== '') steps.push({ kind: 'text-delta', block: at, text: words });
    return steps;
  }

  private thoughtStart(block: JsonObject): Step[] {
    const at = this.begin('thinking');
    const steps: Step[] = [{ kind: 'reasoning-start', block: at, choice: 0 }];
    if (block['type'] === 'redacted_thinking') {
      const value = text(block['data']) ?? '';
      steps.push({ kind: 'seal', block: at, seal: { family: 'messages', model: this.model, value }, redacted: true });
      return steps;
    }
    const thought = text(block['thinking']) ?? '';
    if (thought !== '') steps.push({ kind: 'reasoning-delta', block: at, text: thought });
    const signature = text(block['signature']) ?? '';
    if (signature !== '') steps.push(this.seal(at, signature));
    return steps;
  }

  private seal(block: number, value: string): Step {
    return { kind: 'seal', block, seal: { family: 'messages', model: this.model, value } };
  }

  private callStart(block: JsonObject): Step[] {
    const input = isJsonObject(block['input']) ? block['input'] : undefined;
    const name = text(block['name']) ?? '';
    if (name === this.formatTool) {
      return [{ kind: 'text-start', block: this.begin('answer', input), choice: 0 }];
    }
    this.hasCall = true;
    const at = this.begin('call', input);
    return [{ kind: 'call-start', block: at, choice: 0, id: text(block['id']) ?? '', name }];
  }

  private delta(delta: Json | undefined): readonly Step[] {
    const { open } = this;
    if (!isJsonObject(delta) || open === undefined || open.kind === 'skipped') return [];
    const { block } = open;
    switch (delta['type']) {
      case 'text_delta':
        return typeof delta['text'] === 'string' ? [{ kind: 'text-delta', block, text: delta['text'] }] : [];
      case 'thinking_delta':
        return typeof delta['thinking'] === 'string'
          ? [{ kind: 'reasoning-delta', block, text: delta['thinking'] }]
          : [];
      case 'signature_delta':
        return typeof delta['signature'] === 'string' ? [this.seal(block, delta['signature'])] : [];
      case 'input_json_delta':
        return this.piece(open, delta['partial_json']);
      case 'citations_delta':
        return isJsonObject(delta['citation'])
          ? [{ kind: 'citation', block, citation: readCitation(delta['citation']) }]
          : [];
      default:
        return [];
    }
  }

  private piece(open: OpenBlock, json: Json | undefined): readonly Step[] {
    if (typeof json !== 'string' || json === '') return [];
    open.hasPieces = true;
    return [argumentsStep(open, json)];
  }

  private blockStop(): readonly Step[] {
    const { open } = this;
    this.open = undefined;
    if (open === undefined || open.kind === 'skipped') return [];
    const end: Step = { kind: 'block-end', block: open.block };
    if (open.hasPieces || (open.kind !== 'call' && open.kind !== 'answer')) return [end];
    return [argumentsStep(open, JSON.stringify(open.input ?? {})), end];
  }

  private messageDelta(event: JsonObject): Step[] {
    const delta = isJsonObject(event['delta']) ? event['delta'] : {};
    if (isJsonObject(event['usage'])) this.usage = { ...this.usage, ...event['usage'] };
    const native = text(delta['stop_reason']);
    if (native === undefined) return [];
    this.finished = true;
    const known = CAUSES[native] ?? 'stop';
    const cause = known === 'tool_calls' && !this.hasCall ? 'stop' : known;
    const stopSequence = text(delta['stop_sequence']);
    return [
      { kind: 'finish', choice: 0, cause, native, ...(stopSequence === undefined ? {} : { stopSequence }) },
      { kind: 'usage', usage: readUsage(this.usage), serviceTier: text(this.usage['service_tier']) },
    ];
  }
}

function argumentsStep({ kind, block }: OpenBlock, json: string): Step {
  return kind === 'answer' ? { kind: 'text-delta', block, text: json } : { kind: 'call-delta', block, input: json };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parseBody(body: Buffer): JsonObject | undefined {
  try {
    const value = parseExact(body.toString());
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readError(event: JsonObject): Step {
  const error = isJsonObject(event['error']) ? event['error'] : {};
  const type = text(error['type']);
  return {
    kind: 'error',
    message: text(error['message']) ?? 'The endpoint failed.',
    type,
    status: statusOfType(type),
  };
}

function unreadable(): Step {
  return { kind: 'error', message: 'The endpoint sent what is no answer of the Messages API.', status: 502 };
}
