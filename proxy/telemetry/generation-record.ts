import type { OutcomeKind } from '../core/outcome.ts';
import type { TokenUsage } from '../protocols/types.ts';

/** One upstream answer, reported once at its end however many exchanges followed it: what the provider bills. */
export interface GenerationRecord {
  /** Id of the request that started it. */
  readonly id: string;
  /** `chat.completions`, `responses` …: a name of the route table. */
  readonly operation: string;
  /** Name the client asked for; metrics show it only when it is configured. */
  readonly model: string;
  /** Id of the endpoint that was asked last. */
  readonly endpoint: string;
  readonly attempts: number;
  /** How the last attempt ended. */
  readonly outcome: OutcomeKind;
  /** HTTP status of the endpoint's answer, where there was one. */
  readonly status: number | undefined;
  /** From the first attempt to the end, in milliseconds. */
  readonly ms: number;
  /** To the first content event of a stream or the first byte of a body, in milliseconds. */
  readonly ttftMs: number | undefined;
  /** What endpoints said of billed attempts; undefined when none did. */
  readonly stated: TokenUsage | undefined;
  /** Of billed attempts whose endpoint did not say it, counted from the text; a failover may have both. */
  readonly estimated: TokenUsage | undefined;
  /** Whose answer it is, where a second attempt was made beside the first one; `none` = no whole answer came of either. */
  readonly hedge?: 'first' | 'second' | 'none' | undefined;
}
