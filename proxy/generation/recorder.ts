import { lifetimeMs, type CacheSettings } from '../cache/policy.ts';
import { record as makeRecording, type WholeStream } from '../cache/recorder.ts';
import { recordRefusal } from '../cache/refusal.ts';
import type { PurgeMark } from '../cache/store.ts';
import { isStorable, recordedTarget } from '../cache/target.ts';
import type { Cache } from '../cache/tiers.ts';
import type { CacheControls, Recording } from '../cache/types.ts';
import type { Clock } from '../core/clock.ts';
import type { AnswerFacts, Protocol } from '../protocols/types.ts';
import type { Endpoint } from '../routing/types.ts';
import type { AnswerHead, GenerationFailure } from './answer.ts';

export interface RecorderOptions {
  readonly cache: Cache;
  readonly clock: Clock;
  readonly protocol: Protocol;
  /** Public model name. */
  readonly model: string;
  readonly settings: CacheSettings;
  readonly controls: CacheControls;
  readonly key: string;
  /** False where the answer is only shared with followers of the other shape. */
  readonly store: boolean;
  /** The request, as the client wrote it. */
  readonly request: { readonly body: Buffer };
  /** Milliseconds that a refusal is served again; 0 = refusals are not stored. */
  readonly refusalMs: number;
  /** Whether the provider keeps the answer under its id. */
  readonly kept: boolean;
  /** The request limits the tokens of its answer. */
  readonly limitsOutput?: boolean;
}

/** An answer that was seen to its end. */
export interface SeenAnswer {
  readonly head: AnswerHead;
  readonly chunks: readonly Buffer[];
  readonly endpoint: Endpoint;
  readonly facts: AnswerFacts;
  readonly whole?: WholeStream | undefined;
}

/** Stores the answer of one generation once it has been seen to its verified end, and not before. */
export class Recorder {
  readonly #options: RecorderOptions;
  /** The purges that had happened when the request began: an answer that a later purge concerns stays out. */
  readonly #mark: PurgeMark;
  readonly #times: number[] = [];
  #stored: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#mark = options.cache.mark(options.key);
  }

  /** Settles once all tiers have what was stored, or have refused it; undefined before and where nothing is. */
  get stored(): Promise<void> | undefined {
    return this.#stored;
  }

  /** Takes note of when the next chunk came, in monotonic milliseconds. */
  arrived(at: number): void {
    this.#times.push(at);
  }

  /** The recording that the answer makes, stored where that is wanted; undefined for an answer that may not be replayed. */
  record({ head, chunks, endpoint, facts, whole }: SeenAnswer): Recording | undefined {
    const { cache, clock, protocol, model, settings, controls, key, store, kept, limitsOutput = false } = this.#options;
    const { shape, status, headers } = head;
    const target = recordedTarget(settings.targets, endpoint.id, model);
    if (target === undefined) return undefined;
    const answer = {
      protocol,
      model,
      shape,
      status,
      headers,
      chunks,
      times: this.#times,
      endpoint: endpoint.id,
      target,
      kept,
      limitsOutput,
      facts,
      whole,
    };
    const terms = { now: clock.now(), ttlMs: lifetimeMs(settings, controls), maxBytes: settings.maxEntryBytes };
    const result = makeRecording(answer, terms);
    if (!('recording' in result)) return undefined;
    if (store && isStorable(settings.targets, endpoint.id)) this.#stored = cache.put(key, result.recording, this.#mark);
    return result.recording;
  }

  /** Stores the refusal that the generation ended with, where equal requests would get the same one. */
  refused(failure: GenerationFailure): void {
    const { cache, clock, protocol, model, settings, key, store, request, refusalMs } = this.#options;
    if (!store || refusalMs === 0 || failure.kind !== 'answer' || !isStorable(settings.targets, failure.endpoint))
      return;
    const { status, headers, body, endpoint, outcome } = failure;
    const target = recordedTarget(settings.targets, endpoint, model);
    if (target === undefined) return;
    const answer = { operation: protocol.id, model, status, headers, body, endpoint, outcome, target };
    const recording = recordRefusal(answer, request.body, { now: clock.now(), ttlMs: refusalMs });
    if (recording) this.#stored = cache.put(key, recording, this.#mark);
  }
}
