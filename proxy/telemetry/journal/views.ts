import type { OutcomeKind, OutcomeRule } from '../../core/outcome.ts';
import type { CacheResult, Termination } from '../exchange-record.ts';
import type { LookupMark } from '../exchange-trace.ts';

/** One exchange as lists show it. */
export interface ExchangeRow {
  /** `~PROCESS.NUMBER`: names it among all others, also where a client uses an id twice. */
  readonly entry: string;
  /** `x-request-id`. */
  readonly id: string;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
  readonly ms: number;
  /** To the first token, in milliseconds. */
  readonly ttft_ms: number | null;
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly operation: string;
  readonly model: string | null;
  readonly endpoint: string | null;
  readonly cache: CacheResult;
  readonly status: number;
  readonly ended_by: Termination['by'];
  /** Name of the stage, or `done`. */
  readonly ended_in: string;
  readonly stream: boolean;
  readonly attempts: number;
  readonly hedged: boolean;
  /** Code of the proxy's own error. */
  readonly error: string | null;
  readonly tokens: { readonly input: number; readonly output: number; readonly cachedInput?: number } | null;
  /** US dollars; null where they are unknown. */
  readonly cost: number | null;
  /** US dollars that the answer had cost, where the cache or another request's answer spared them. */
  readonly saved: number | null;
  /** Id and name of the caller's virtual key. */
  readonly key: string | null;
  readonly key_name: string | null;
}

/** One exchange with all that is known of it. Times are milliseconds since it came. */
export interface ExchangeDetail extends ExchangeRow {
  /** Null where stages were not marked: no page listened when it came. */
  readonly stages: readonly { readonly name: string; readonly begin: number; readonly end: number | null }[] | null;
  readonly lookup: { readonly tier: LookupMark['tier']; readonly begin: number; readonly end: number | null } | null;
  /** Its attempts at endpoints. */
  readonly tries: readonly AttemptView[];
  readonly cache_key: string | null;
  /** Parts of the cache key: names as they are, digests of everything else, which are comparable within one proxy. */
  readonly key_parts: Readonly<Record<string, string>> | null;
  /** Id of the request that the answer was made for, where it is another one. */
  readonly made_for: string | null;
  /** Those of the answer's headers that the proxy has added. */
  readonly headers: readonly (readonly [name: string, value: string])[] | null;
  readonly bodies: { readonly request: BodyView; readonly answer: BodyView } | null;
}

export interface AttemptView {
  readonly ordinal: number;
  readonly endpoint: string;
  readonly provider: string;
  readonly origin: string;
  /** Name that the endpoint knows the model by; null = the public one. */
  readonly model: string | null;
  readonly hedged: boolean;
  readonly begin: number;
  readonly first_event: number | null;
  readonly end: number | null;
  readonly outcome: OutcomeKind | null;
  readonly meaning: string;
  readonly fault: OutcomeRule['fault'] | null;
  readonly retry: OutcomeRule['retry'] | null;
  readonly blame: OutcomeRule['blame'] | null;
  readonly status: number | null;
  readonly reason: string | null;
  readonly translated_to: string | null;
  readonly translated: number | null;
}

export interface BodyView {
  /** The first 64 KiB without secrets; null where it is no text. */
  readonly text: string | null;
  readonly bytes: number;
  /** There was more of it. */
  readonly cut: boolean;
}

/** What a process answers to `exchanges`, newest first. */
export interface ExchangesPart {
  readonly process: string;
  /** With the number of each. */
  readonly rows: readonly (readonly [no: number, row: ExchangeRow])[];
  /** There are older ones. */
  readonly more: boolean;
  /** Number of the exchange that will end next. */
  readonly next: number;
  /** Exchanges that were wanted and are not in `rows`, because there were too many at a time. */
  readonly skipped: number;
  /** Whether bodies are kept. */
  readonly capture: boolean;
}

/** What a process answers to `exchange`. */
export interface ExchangePart {
  /** The newest one with that id or name. */
  readonly found: ExchangeDetail | null;
  /** Older ones with the same id. */
  readonly others: readonly ExchangeRow[];
  readonly capture: boolean;
}
