import type { Outcome, OutcomeKind } from '../core/outcome.ts';
import { shortened } from '../core/shortened.ts';
import type { OperationId } from '../protocols/types.ts';

/** Characters of a reason. */
const LONGEST_REASON = 1_024;

/** One attempt at one endpoint. All times are monotonic milliseconds of the proxy's clock (see `ExchangeRecord.startedAt`). */
export interface AttemptRecord {
  /** Id of the endpoint. */
  readonly endpoint: string;
  /** Who stands behind it, where that is configured; else what kind of endpoint it is. */
  readonly provider: string;
  /** `https://host:port`. */
  readonly origin: string;
  /** Name that the endpoint knows the model by; undefined = the public one. */
  readonly model: string | undefined;
  /** Number within its generation, from 1. */
  readonly ordinal: number;
  /** It was made beside another one. */
  readonly hedged: boolean;
  readonly begin: number;
  /** Of the first content event of a stream or the first byte of a body. */
  firstEvent: number | undefined;
  /** Undefined while it runs. */
  end: number | undefined;
  outcome: OutcomeKind | undefined;
  /** HTTP status of the endpoint's answer, where there was one. */
  status: number | undefined;
  reason: string | undefined;
  /** The protocol that the request was translated to; undefined where the endpoint was asked in the client's own. */
  protocol: OperationId | undefined;
  /** When the translated request was written. */
  translated: number | undefined;
}

/** What an attempt is begun with. */
export interface AttemptPlace {
  readonly id: string;
  readonly provider: string;
  readonly origin: string;
  readonly upstreamModel?: string;
  readonly providerName?: string;
}

/** An attempt that begins at `begin`. All members are there from the start. */
export function attemptRecord(
  { id, provider, providerName, origin, upstreamModel }: AttemptPlace,
  ordinal: number,
  begin: number,
  hedged = false,
): AttemptRecord {
  return {
    endpoint: id,
    provider: providerName ?? provider,
    origin,
    model: upstreamModel,
    ordinal,
    hedged,
    begin,
    firstEvent: undefined,
    end: undefined,
    outcome: undefined,
    status: undefined,
    reason: undefined,
    protocol: undefined,
    translated: undefined,
  };
}

/** The attempt has ended at `end`. */
export function endAttempt(record: AttemptRecord, { kind, status, reason }: Outcome, end: number): void {
  record.end = end;
  record.outcome = kind;
  record.status = status;
  record.reason = reason && shortened(reason, LONGEST_REASON);
}
