import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { parseExact } from '../../wire/json-exact.ts';
import type { Citation, Seal } from '../conversation.ts';
import { wrapInput } from '../custom-tools.ts';
import { packSeal } from '../seal.ts';
import type { Step } from '../steps.ts';

type CallStart = Extract<Step, { kind: 'call-start' }>;

/** A block whose steps go on. */
interface Block {
  readonly choice: number;
  readonly kind: 'text' | 'thought' | 'call';
  readonly call: CallStart | undefined;
  input: string;
  /** Written with the part that ends the block. */
  seal: Seal | undefined;
  redacted: boolean;
}

/** What is known of a choice besides its parts. */
export interface Candidate {
  finish: Extract<Step, { kind: 'finish' }> | undefined;
  hasCall: boolean;
  text: string;
  readonly citations: { readonly citation: Citation; readonly from: number }[];
  readonly logprobs: unknown[];
}

/** Turns steps into parts: a text or thought piece by piece, a call whole. */
export class PartsOfSteps {
  readonly candidates = new Map<number, Candidate>();
  start: Extract<Step, { kind: 'start' }> | undefined;
  usage: Extract<Step, { kind: 'usage' }> | undefined;
  private readonly blocks = new Map<number, Block>();
  private readonly starts = new Map<number, number>();
  private readonly emit: (choice: number, part: JsonObject, logprobs?: readonly unknown[]) => void;

  constructor(emit: (choice: number, part: JsonObject, logprobs?: readonly unknown[]) => void) {
    this.emit = emit;
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'text-delta':
      case 'reasoning-delta':
      case 'call-delta':
      case 'refusal-delta':
        this.delta(step);
        return;
      case 'text-start':
      case 'reasoning-start':
      case 'call-start':
        this.begin(step);
        return;
      case 'seal': {
        const block = this.blocks.get(step.block);
        if (block === undefined) return;
        block.seal = step.seal;
        block.redacted = step.redacted === true;
        return;
      }
      case 'citation':
        this.cite(step);
        return;
      case 'block-end':
        this.end(step.block);
        return;
      case 'finish':
        this.candidate(step.choice).finish = step;
        return;
      case 'start':
        this.start = step;
        return;
      case 'usage':
        this.usage = step;
        return;
      default:
    }
  }

  /** Ends what is open. */
  finish(): void {
    for (const block of this.blocks.keys()) this.end(block);
    if (this.candidates.size === 0) this.candidate(0);
  }

  private candidate(choice: number): Candidate {
    let candidate = this.candidates.get(choice);
    if (candidate === undefined) {
      candidate = { finish: undefined, hasCall: false, text: '', citations: [], logprobs: [] };
      this.candidates.set(choice, candidate);
    }
    return candidate;
  }

  private begin(step: Extract<Step, { kind: 'text-start' | 'reasoning-start' | 'call-start' }>): void {
    const { block, choice } = step;
    // A text or thought ends where the next block of its choice begins; calls may go on side by side.
    for (const [open, { kind, choice: other }] of this.blocks) if (kind !== 'call' && other === choice) this.end(open);
    const call = step.kind === 'call-start' ? step : undefined;
    const kind = call !== undefined ? 'call' : step.kind === 'text-start' ? 'text' : 'thought';
    const candidate = this.candidate(choice);
    if (call !== undefined) candidate.hasCall = true;
    this.starts.set(block, candidate.text.length);
    this.blocks.set(block, { choice, kind, call, input: '', seal: undefined, redacted: false });
  }

  private delta(
    step: Extract<Step, { kind: 'text-delta' | 'reasoning-delta' | 'call-delta' | 'refusal-delta' }>,
  ): void {
    const block = this.blocks.get(step.block);
    if (step.kind === 'refusal-delta') {
      if (step.text !== '') this.words(step.choice, step.text, undefined);
    } else if (block === undefined) return;
    else if (step.kind === 'call-delta') block.input += step.input;
    else if (step.text === '') return;
    else if (step.kind === 'text-delta') this.words(block.choice, step.text, step.logprobs);
    else this.emit(block.choice, { text: step.text, thought: true });
  }

  private words(choice: number, text: string, logprobs: readonly unknown[] | undefined): void {
    this.candidate(choice).text += text;
    this.emit(choice, { text }, logprobs);
  }

  private cite({ block, citation }: Extract<Step, { kind: 'citation' }>): void {
    const choice = this.blocks.get(block)?.choice;
    if (choice !== undefined) this.candidate(choice).citations.push({ citation, from: this.starts.get(block) ?? 0 });
  }

  private end(at: number): void {
    const block = this.blocks.get(at);
    if (block === undefined) return;
    this.blocks.delete(at);
    const { choice, kind, call, seal } = block;
    if (call !== undefined) {
      this.emit(choice, writeCall(call, block));
      return;
    }
    const signature = seal === undefined ? undefined : signatureOf(seal, block.redacted);
    if (signature === undefined) return;
    this.emit(choice, {
      text: '',
      ...(kind === 'thought' ? { thought: true } : {}),
      thoughtSignature: signature,
    });
  }
}

function writeCall({ id, name, custom }: CallStart, { input, seal }: Block): JsonObject {
  const signature = seal === undefined ? undefined : signatureOf(seal, false);
  return {
    functionCall: { name, args: custom ? parsed(wrapInput(input)) : parsed(input), ...(id === '' ? {} : { id }) },
    ...(signature === undefined ? {} : { thoughtSignature: signature }),
  };
}

/** Google's own as it is; undefined for nothing of its own. */
function signatureOf(seal: Seal, redacted: boolean): string | undefined {
  if (seal.family !== 'gemini') return packSeal(seal, redacted ? { redacted } : {});
  return seal.value === '' ? undefined : seal.value;
}

/** Arguments that are not a JSON object are told in one. */
function parsed(json: string): JsonObject {
  if (json.trim() === '') return {};
  try {
    const value = parseExact(json);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below.
  }
  return { INVALID_JSON: json };
}
