import type { Json, JsonObject } from '../../core/json.ts';
import type { AnswerFacts, StreamJudge, TokenUsage } from '../types.ts';
import { identity, type Identity, incomplete, isWhole } from '../verdict.ts';
import { type Chunk, objectsOf, partsOf, readAnswer, readChunk } from './chunk.ts';
import { sealsOf } from './request.ts';

/** The one reason to finish that is good whatever was asked, calls of functions included. */
const GOOD = 'STOP';
const AT_LIMIT = 'MAX_TOKENS';

interface CandidateState {
  finish: string | undefined;
  answers: boolean;
}

/**
 * Judges a generateContent stream, whose end no mark tells: each candidate has its `finishReason`, and then the answer
 * ends cleanly. Complete: each candidate answers and came to a good end. Until the clean end is known it is `unmarked`.
 */
export function judgeGenerateStream(events: readonly Buffer[]): AnswerFacts {
  const judge = new GenerateJudge();
  for (const event of events) judge.add(event);
  return judge.verdict();
}

/** Judges chunks as they come. */
export class GenerateJudge implements StreamJudge {
  readonly #candidates = new Map<number, CandidateState>();
  readonly #parts: JsonObject[] = [];
  #id: string | undefined;
  #usage: TokenUsage | undefined;
  #blocked: string | undefined;
  #fault: string | undefined;
  #failure: AnswerFacts | undefined;
  /** The last event that said something, and the tokens that were counted until then. */
  #before: Buffer | undefined;
  #counted = 0;

  /** A chunk is a whole answer object with counters of its own: none is recognised at a glance. */
  addOrdinary(): boolean {
    return false;
  }

  add(event: Buffer): void {
    const chunk = readChunk(event);
    // What stands behind an error says nothing any more.
    if (this.#failure !== undefined) return;
    if (chunk.unreadable === true) this.#fault ??= 'an event is not a JSON object';
    else if (chunk.kind !== 'other' && !isWhole(event)) this.#fault ??= 'the last event is cut off';
    this.#fault ??= this.#disorder(chunk, event);
    this.take(chunk);
  }

  /** The counters grow with each piece: one that came twice, or too late, shows by them. */
  #disorder({ candidates, counted }: Chunk, event: Buffer): string | undefined {
    if (counted === undefined || !candidates.some(({ content }) => content)) return undefined;
    const [before, most] = [this.#before, this.#counted];
    this.#before = event;
    this.#counted = Math.max(most, counted);
    if (before?.equals(event)) return 'an event came twice';
    return counted < most ? 'the events are out of order' : undefined;
  }

  take(chunk: Chunk): void {
    if (chunk.kind === 'error') {
      // The SDKs throw on every payload with `error`: the client has been told.
      const known = { failed: true, ...this.#known() };
      this.#failure ??= incomplete(`the stream told of an error: ${chunk.message ?? ''}`, known);
      return;
    }
    this.#id ??= chunk.id;
    this.#usage = chunk.usage ?? this.#usage;
    this.#blocked ??= chunk.blocked;
    for (const { index, finish, content, answers } of chunk.candidates) {
      const state = this.#candidates.get(index) ?? { finish: undefined, answers: false };
      // With tools that the provider runs, a STOP may come before the answer goes on.
      if (finish !== undefined) state.finish = finish;
      else if (content) state.finish = undefined;
      state.answers ||= answers;
      this.#candidates.set(index, state);
    }
    this.#keepSigned(chunk);
  }

  verdict(): AnswerFacts {
    if (this.#failure !== undefined) return this.#failure;
    const known = { ...this.#known(), encryptedItems: sealsOf(this.#parts) };
    if (!this.#finished) return incomplete(this.#fault ?? 'the stream ended without finishReason', known);
    return { ...this.#whole(known), unmarked: true };
  }

  /** The verdict over an answer that is all there. */
  #whole(known: Partial<AnswerFacts>): AnswerFacts {
    const states = [...this.#candidates.values()];
    const bad = states.find(({ finish }) => finish !== GOOD && finish !== AT_LIMIT);
    const doubt =
      this.#fault ??
      (this.#blocked === undefined ? undefined : `the prompt was blocked: ${this.#blocked.slice(0, 40)}`) ??
      (bad === undefined ? undefined : `a candidate ended with '${String(bad.finish).slice(0, 40)}'`) ??
      (states.every(({ answers }) => answers) ? undefined : 'a candidate is empty');
    if (doubt !== undefined) return incomplete(doubt, { ended: true, ...known });
    if (states.some(({ finish }) => finish === AT_LIMIT)) {
      return incomplete('a candidate ended at a limit of tokens', { ended: true, atLimit: true, ...known });
    }
    return { complete: true, ended: true, encryptedItems: [], ...known };
  }

  get #finished(): boolean {
    if (this.#blocked !== undefined) return true;
    return this.#candidates.size > 0 && [...this.#candidates.values()].every(({ finish }) => finish !== undefined);
  }

  #known(): Identity {
    return identity(this.#id, this.#usage);
  }

  #keepSigned({ answer }: Chunk): void {
    const parts = objectsOf(answer?.['candidates']).flatMap(partsOf);
    this.#parts.push(...parts.filter((part) => 'thoughtSignature' in part));
  }
}

/** Judges a unary answer; an array of pieces, as a stream without `alt=sse` has them, is one, too. */
export function judgeGenerate(body: Buffer): AnswerFacts {
  const pieces = answersIn(body);
  if (pieces === undefined) return incomplete('the body is not a JSON object');
  const chunks = pieces.map(readAnswer);
  const failed = chunks.find(({ kind }) => kind === 'error');
  if (failed?.error) return incomplete(`the body tells of an error: ${failed.message ?? ''}`, { error: failed.error });
  const judge = new GenerateJudge();
  for (const chunk of chunks) judge.take(chunk);
  const { unmarked, ...facts } = judge.verdict();
  if (unmarked === true) return facts;
  const isAnswer = pieces.some((piece) => 'candidates' in piece || 'usageMetadata' in piece);
  return { ...facts, ended: isAnswer, reason: 'the body has no candidate that has finished' };
}

/** The answer objects of a body; undefined for anything else. */
export function answersIn(body: Buffer): JsonObject[] | undefined {
  let value: Json;
  try {
    value = JSON.parse(body.toString()) as Json;
  } catch {
    return undefined;
  }
  const pieces = Array.isArray(value) ? value : [value];
  const objects = objectsOf(pieces);
  return objects.length === 0 || objects.length < pieces.length ? undefined : objects;
}
