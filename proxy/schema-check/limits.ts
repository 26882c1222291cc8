/** Bytes of a schema as compact JSON. */
export const SCHEMA_LIMIT = 128 * 1024;
/** Objects and arrays of a schema inside each other. */
export const SCHEMA_DEPTH = 64;
/** Bytes of an answer. */
export const ANSWER_LIMIT = 16 * 1024 * 1024;
/** Characters of a reason. */
export const REASON_LIMIT = 200;

/** What a checker allows itself; times in milliseconds. */
export interface CheckerLimits {
  /** One check, from when the process takes it. */
  readonly checkMs: number;
  /** The start of the process. */
  readonly startMs: number;
  /** The wait for the checks before it. */
  readonly waitMs: number;
  /** Checks that wait. */
  readonly waiting: number;
  /** A schema that broke or outlasted its check is not tried again for this time. */
  readonly avoidMs: number;
}

export const CHECKER_LIMITS: CheckerLimits = {
  checkMs: 1_000,
  startMs: 10_000,
  waitMs: 5_000,
  waiting: 100,
  avoidMs: 60_000,
};

/** Schemas that are remembered to be avoided. */
export const AVOIDED_SCHEMAS = 1_000;
/** Compiled schemas that the process keeps, and the bytes of their JSON together. */
export const COMPILED_SCHEMAS = 100;
export const COMPILED_BYTES = 2 * 1024 * 1024;

/** Heap of the process that judges, in MiB. */
export const CHILD_HEAP_MIB = 256;
/** A process whose proxy is gone in the middle of a check ends after this time, in milliseconds; else the checker ends it earlier. */
export const ORPHAN_MS = 30_000;
