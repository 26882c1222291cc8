import type { Strictness } from '../level.ts';

/** A request that is refused, with its refusal. */
export interface BadRequest {
  /** `chat.temperature-too-low` */
  readonly id: string;
  /** `POST /v1/chat/completions` */
  readonly operation: string;
  /** The least strictness that refuses it. */
  readonly level: Strictness;
  /** JSON of the body; absent for a request without one. */
  readonly body?: unknown;
  /** A body that is no JSON. */
  readonly rawBody?: string | undefined;
  /** `Authorization` header; null: none. Absent: a key that is accepted. */
  readonly authorization?: string | null | undefined;
  readonly expect: Expected;
}

export interface Expected {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  /** The whole message, or its form where it holds what changes. */
  readonly message: string | RegExp;
}

/** A row of a table of bad requests. */
export interface Row {
  readonly id: string;
  readonly level?: Strictness;
  /** Fields over those of a good request; `undefined` takes one away. */
  readonly with: Readonly<Record<string, unknown>>;
  readonly param?: string | null;
  readonly code?: string | null;
  readonly message: string | RegExp;
  readonly status?: number;
  readonly type?: string;
}

/** Rows without a level are refused at `spec` already. */
export function badRequests(
  prefix: string,
  operation: string,
  good: Readonly<Record<string, unknown>>,
  rows: readonly Row[],
): readonly BadRequest[] {
  return rows.map((row) => ({
    id: `${prefix}.${row.id}`,
    operation,
    level: row.level ?? 'spec',
    body: { ...good, ...row.with },
    expect: {
      status: row.status ?? 400,
      type: row.type ?? 'invalid_request_error',
      code: row.code ?? null,
      param: row.param ?? null,
      message: row.message,
    },
  }));
}
