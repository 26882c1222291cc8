import type { Clock } from '../core/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import type { TokenUsage } from '../protocols/types.ts';
import type { Endpoint } from '../routing/types.ts';
import { type AttemptRecord, attemptRecord } from '../telemetry/attempt-record.ts';
import type { GenerationRecord } from '../telemetry/generation-record.ts';
import type { AttemptEnd } from './attempt.ts';
import type { GenerationRequest } from './request.ts';
import type { BilledCall, Payer } from './payer.ts';
import { UsageMeter } from './usage-meter.ts';

/** What a generation reports, once each. */
export interface GenerationTelemetry {
  attempt(endpoint: string, outcome: Outcome): void;
  generation(record: GenerationRecord): void;
  /** A fault of the proxy's own. */
  fault(what: string, requestId: string, error: unknown): void;
}

export interface ReportParts {
  readonly request: GenerationRequest;
  readonly clock: Clock;
  readonly telemetry: GenerationTelemetry;
  /** Absent where nothing is charged to anyone. */
  readonly payer?: Payer | undefined;
}

/** What is known of a generation's attempts, time and usage; reported once. */
export class GenerationReport {
  readonly #parts: ReportParts;
  readonly #startedAt: number;
  readonly #meter: UsageMeter;
  readonly #calls: BilledCall[] = [];
  readonly #attempts: AttemptRecord[] = [];
  #endpoint: Endpoint | undefined;
  /** The one that was asked beside another. */
  #beside: Endpoint | undefined;
  #outcome: Outcome | undefined;
  #ttftMs: number | undefined;
  #booked = false;
  #ended = false;

  constructor(parts: ReportParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.monotonic();
    this.#meter = new UsageMeter(parts.request);
  }

  get attempts(): readonly AttemptRecord[] {
    return this.#attempts;
  }

  /** Tokens of the answer, told by the endpoint or estimated; undefined before its end and where nothing is billed. */
  get usage(): TokenUsage | undefined {
    return this.#meter.usage;
  }

  /** A further endpoint is asked. What its attempt comes to is written into the record. */
  asked(endpoint: Endpoint, hedged = false): AttemptRecord {
    const record = attemptRecord(endpoint, this.#attempts.length + 1, this.#parts.clock.monotonic(), hedged);
    this.#attempts.push(record);
    this.#endpoint = endpoint;
    return record;
  }

  /** The same, beside the one that was asked before. */
  askedBeside(endpoint: Endpoint): AttemptRecord {
    this.#beside = endpoint;
    return this.asked(endpoint, true);
  }

  get hedged(): boolean {
    return this.#beside !== undefined;
  }

  firstEvent(): void {
    this.#ttftMs ??= this.#parts.clock.monotonic() - this.#startedAt;
  }

  push(chunk: Buffer): void {
    this.#meter.push(chunk);
  }

  /** An attempt at `endpoint` has ended. `log`: what was pushed so far, where all of it was kept. */
  ended(end: AttemptEnd, endpoint: Endpoint, log: readonly Buffer[] | undefined): void {
    const { outcome, facts, fault, withheld } = end;
    const { telemetry, request } = this.#parts;
    this.#outcome = outcome;
    this.#endpoint = endpoint;
    if (fault !== undefined) telemetry.fault('an attempt failed', request.id, fault);
    telemetry.attempt(endpoint.id, outcome);
    if (withheld) this.#meter.push(withheld);
    const usage = this.#meter.ended(outcome, facts, withheld ? [withheld] : log);
    if (!this.#parts.payer) return;
    const hedge = outcome.kind === 'hedge_lost' ? ({ hedge: true } as const) : {};
    this.#calls.push({ endpoint, outcome: outcome.kind, ...usage, ...hedge });
  }

  /** Reports the generation, once its last attempt has ended. One that asked no endpoint is none, but for its payer. */
  book(): void {
    if (this.#booked || (this.#endpoint && !this.#outcome)) return;
    this.#endTrace();
    this.#parts.payer?.booked(this.#calls);
    if (!this.#endpoint || !this.#outcome) return;
    this.#booked = true;
    const { clock, telemetry, request } = this.#parts;
    const { id, protocol, facts, opaque } = request;
    // A request without a model generates nothing: it lists, stores, reads.
    if (opaque && opaque.model === undefined) return;
    const { stated, estimated } = this.#meter;
    telemetry.generation({
      id,
      operation: opaque?.family ?? protocol.id,
      model: facts.model,
      endpoint: this.#endpoint.id,
      attempts: this.#attempts.length,
      outcome: this.#outcome.kind,
      status: this.#outcome.status,
      ms: clock.monotonic() - this.#startedAt,
      ttftMs: this.#ttftMs,
      stated,
      estimated,
      ...(this.#beside && { hedge: this.#hedgeOf(this.#beside) }),
    });
  }

  #endTrace(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.request.propagation?.ended(this.#meter.usage);
  }

  #hedgeOf(beside: Endpoint): GenerationRecord['hedge'] {
    if (this.#outcome?.kind !== 'ok') return 'none';
    return this.#endpoint === beside ? 'second' : 'first';
  }
}
