/** Whose form the request and its answer have. */
export type SchemaFamily = 'chat' | 'responses' | 'messages' | 'gemini';

/** The schema that the answer of a request is to fit. */
export interface SchemaQuestion {
  readonly family: SchemaFamily;
  /** JSON text; empty where `unusable` is set. */
  readonly schema: string;
  /** SHA-256 of `schema`, hexadecimal. */
  readonly digest: string;
  /** The schema is beyond a limit: no answer can be checked. */
  readonly unusable?: 'schema_too_large' | 'schema_too_deep';
}

/**
 * Why nothing can be said of an answer. `invalid_schema`: it is no JSON Schema of a dialect that is known. `remote_ref`: a `$ref`
 * leads out of the schema. `unknown_answer`: the body is no answer of the family. `out_of_time`: the check, or the wait for it, took
 * too long. `failed`: it ran out of memory or broke. `closed`: the proxy ends.
 */
export type UncheckedReason =
  | 'schema_too_large'
  | 'schema_too_deep'
  | 'invalid_schema'
  | 'remote_ref'
  | 'answer_too_large'
  | 'unknown_answer'
  | 'out_of_time'
  | 'queue_full'
  | 'failed'
  | 'closed';

/**
 * `valid`: the answer fits, or is one that no schema concerns: a refusal, calls of tools. `invalid`: `reason` says where and
 * why in at most `REASON_LIMIT` characters, and quotes nothing of the answer. `unchecked`: it cannot be told.
 */
export type SchemaVerdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'unchecked'; readonly why: UncheckedReason };

/** What the process is asked; it answers with the verdict. */
export interface ChildQuestion {
  readonly family: SchemaFamily;
  readonly schema: string;
  readonly digest: string;
  /** The whole answer, JSON in UTF-8. */
  readonly body: Uint8Array;
}

/** What the process says: `ready` once, then one verdict for each question, in their order. */
export type ChildMessage = 'ready' | SchemaVerdict;
