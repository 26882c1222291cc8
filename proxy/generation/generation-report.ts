import type { Clock } from '../core/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import type { TokenUsage } from '../protocols/types.ts';
import type { Endpoint } from '../routing/types.ts';
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
  #attempts = 0;
  #endpoint: Endpoint | undefined;
  #outcome: Outcome | undefined;
  #ttftMs: number | undefined;
  #booked = false;

  constructor(parts: ReportParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.monotonic();
    this.#meter = new UsageMeter(parts.request);
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** Tokens of the answer, told by the endpoint or estimated; undefined before its end and where nothing is billed. */
  get usage(): TokenUsage | undefined {
    return this.#meter.usage;
  }

  /** A further endpoint is asked. */
  asked(endpoint: Endpoint): void {
    this.#attempts += 1;
    this.#endpoint = endpoint;
  }

  firstEvent(): void {
    this.#ttftMs ??= this.#parts.clock.monotonic() - this.#startedAt;
  }

  push(chunk: Buffer): void {
    this.#meter.push(chunk);
  }

  /** An attempt has ended. `log`: what was pushed so far, where all of it was kept. Returns the endpoint that was asked. */
  ended({ outcome, facts, fault, withheld }: AttemptEnd, log: readonly Buffer[] | undefined): Endpoint | undefined {
    const { telemetry, request } = this.#parts;
    this.#outcome = outcome;
    if (fault !== undefined) telemetry.fault('an attempt failed', request.id, fault);
    if (this.#endpoint === undefined) return undefined;
    telemetry.attempt(this.#endpoint.id, outcome);
    if (withheld) this.#meter.push(withheld);
    const usage = this.#meter.ended(outcome, facts, withheld ? [withheld] : log);
    if (this.#parts.payer) this.#calls.push({ endpoint: this.#endpoint, outcome: outcome.kind, ...usage });
    return this.#endpoint;
  }

  /** Reports the generation, once its last attempt has ended. One that asked no endpoint is none, but for its payer. */
  book(): void {
    if (this.#booked || (this.#endpoint && !this.#outcome)) return;
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
      attempts: this.#attempts,
      outcome: this.#outcome.kind,
      status: this.#outcome.status,
      ms: clock.monotonic() - this.#startedAt,
      ttftMs: this.#ttftMs,
      stated,
      estimated,
    });
  }
}
