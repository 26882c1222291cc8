import type { JsonObject } from '../../core/json.ts';
import type { Citation, Seal } from '../conversation.ts';
import { wrapInput } from '../custom-tools.ts';
import { packSeal } from '../seal.ts';
import type { Step } from '../steps.ts';

/** Where blocks are written to, one after the other: each is begun, given its pieces, and ended. */
export interface BlockSink {
  begin(block: JsonObject): void;
  text(text: string): void;
  thought(text: string): void;
  signature(signature: string): void;
  citation(citation: JsonObject): void;
  /** A piece of a call's arguments; the first is ''. */
  input(json: string): void;
  end(): void;
}

type StartStep = Extract<Step, { kind: 'text-start' | 'reasoning-start' | 'call-start' }>;
export type BlockStep = Extract<Step, { block: number }>;

/** The block whose steps are being written. */
interface OpenBlock {
  readonly start: StartStep | Extract<Step, { kind: 'refusal-delta' }>;
  /** The client has been told of it; blocks without content never are. */
  begun: boolean;
  seal: Seal | undefined;
  redacted: boolean;
  /** Free text of a custom tool, which is written at its end. */
  input: string;
}

/**
 * Brings the blocks of an answer into Anthropic's order: one is open at a time, none is empty, thoughts carry a signature, and a seal
 * of a call or a text stands in a thinking block before or after it. Steps of a call that begins while another is open wait.
 */
export class BlockOrder {
  hasCall = false;
  private readonly sink: BlockSink;
  private readonly makeId: (given: string) => string;
  private open: OpenBlock | undefined;
  private readonly seals = new Map<number, Seal>();
  private readonly waiting = new Map<number, BlockStep[]>();
  /** Blocks of further choices, which the family does not know. */
  private readonly ignored = new Set<number>();

  constructor(sink: BlockSink, makeId: (given: string) => string) {
    this.sink = sink;
    this.makeId = makeId;
  }

  /** Notes the seals among steps that are about to be taken: that of a call is written before the call, wherever it stands. */
  foresee(steps: readonly Step[]): void {
    for (const step of steps) if (step.kind === 'seal') this.seals.set(step.block, step.seal);
  }

  take(step: BlockStep): void {
    const { block } = step;
    if (this.open?.start.block === block) {
      this.apply(step, this.open);
      return;
    }
    const steps = this.waiting.get(block);
    if (steps !== undefined) {
      steps.push(step);
      return;
    }
    if (!('choice' in step)) return;
    if (step.choice > 0 || this.ignored.has(block)) this.ignored.add(block);
    else if (this.open?.start.kind === 'call-start') this.waiting.set(block, [step]);
    else this.start(step);
  }

  /** The steps known so far are told: a call is begun although nothing of its arguments is known. */
  flush(): void {
    if (this.open?.start.kind === 'call-start') this.begin(this.open);
  }

  /** No block goes on. */
  finish(): void {
    this.close();
    this.nextWaiting(true);
  }

  private start(step: BlockStep & { choice: number }): void {
    this.close();
    const start = step as OpenBlock['start'];
    const open: OpenBlock = { start, begun: false, seal: undefined, redacted: false, input: '' };
    this.open = open;
    if (step.kind === 'call-start') {
      this.hasCall = true;
      open.seal = this.seals.get(step.block);
    }
    if (step.kind === 'refusal-delta') this.apply(step, open);
  }

  private apply(step: BlockStep, open: OpenBlock): void {
    switch (step.kind) {
      case 'text-delta':
      case 'refusal-delta':
        if (step.text === '') return;
        this.begin(open);
        this.sink.text(step.text);
        return;
      case 'reasoning-delta':
        if (step.text === '') return;
        this.begin(open);
        this.sink.thought(step.text);
        return;
      case 'call-delta':
        this.inputPiece(step.input, open);
        return;
      case 'citation':
        // Before its text where the client can be shown it natively, else only in a block that has text.
        if (step.citation.own?.family === 'messages') this.begin(open);
        if (open.begun) this.sink.citation(writeCitation(step.citation));
        return;
      case 'seal':
        open.seal = step.seal;
        open.redacted = step.redacted === true;
        return;
      case 'block-end':
        this.close();
        this.nextWaiting(false);
        return;
      default:
    }
  }

  private inputPiece(input: string, open: OpenBlock): void {
    this.begin(open);
    if (open.start.kind === 'call-start' && open.start.custom) open.input += input;
    else if (input !== '') this.sink.input(input);
  }

  private begin(open: OpenBlock): void {
    if (open.begun) return;
    open.begun = true;
    const { start } = open;
    if (start.kind === 'reasoning-start') {
      this.sink.begin({ type: 'thinking', thinking: '', signature: '' });
    } else if (start.kind === 'call-start') {
      if (open.seal !== undefined) this.sealBlock(open.seal);
      const { id, name } = start;
      this.sink.begin({ type: 'tool_use', id: this.makeId(id), name, input: {}, caller: { type: 'direct' } });
      this.sink.input('');
    } else this.sink.begin({ type: 'text', text: '' });
  }

  private close(): void {
    const { open } = this;
    this.open = undefined;
    if (open === undefined) return;
    const { start, seal } = open;
    if (start.kind === 'call-start') {
      this.begin(open);
      if (start.custom) this.sink.input(wrapInput(open.input));
      this.sink.end();
    } else if (start.kind === 'reasoning-start') this.closeThought(open);
    else {
      if (open.begun) this.sink.end();
      if (seal !== undefined) this.sealBlock(seal);
    }
  }

  private closeThought(open: OpenBlock): void {
    const { seal, redacted } = open;
    if (redacted && seal !== undefined && !open.begun) {
      const data = seal.family === 'messages' ? seal.value : packSeal(seal, { redacted });
      this.sink.begin({ type: 'redacted_thinking', data });
      this.sink.end();
      return;
    }
    if (!open.begun && seal === undefined) return;
    this.begin(open);
    const own = seal ?? { family: 'chat' as const, value: '' };
    this.sink.signature(own.family === 'messages' && own.value !== '' ? own.value : packSeal(own));
    this.sink.end();
  }

  /** A thinking block without text, which carries the seal of its neighbour. */
  private sealBlock(seal: Seal): void {
    this.sink.begin({ type: 'thinking', thinking: '', signature: '' });
    this.sink.signature(packSeal(seal, { next: true }));
    this.sink.end();
  }

  /** Goes on with the blocks that waited, in their order, up to the first that is not whole. */
  private nextWaiting(all: boolean): void {
    for (const [block, steps] of this.waiting) {
      if (this.open !== undefined) return;
      this.waiting.delete(block);
      const [first, ...rest] = steps;
      if (first === undefined || !('choice' in first)) continue;
      this.start(first);
      for (const step of rest) {
        if (step.kind === 'block-end') break;
        if (this.open !== undefined) this.apply(step, this.open);
      }
      const ended = steps.at(-1)?.kind === 'block-end';
      if (all || ended) this.close();
    }
  }
}

function writeCitation({ url, title, text, own }: Citation): JsonObject {
  if (own?.family === 'messages') return own.value;
  return {
    type: 'web_search_result_location',
    cited_text: text ?? '',
    url: url ?? '',
    title: title ?? null,
    encrypted_index: '',
  };
}
