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

type Made = Pick<Row, 'param' | 'code' | 'message'>;

export function missing(param: string): Made {
  return { param, code: 'missing_required_parameter', message: `Missing required parameter: '${param}'.` };
}

export function unknown(param: string): Made {
  return { param, code: 'unknown_parameter', message: `Unknown parameter: '${param}'.` };
}

export function wrongType(param: string, expected: string, got: string): Made {
  return {
    param,
    code: 'invalid_type',
    message: `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`,
  };
}

export function below(param: string, least: number, got: number, kind: 'integer' | 'decimal'): Made {
  return {
    param,
    code: `${kind}_below_min_value`,
    message: `Invalid '${param}': ${kind} below minimum value. Expected a value >= ${least}, but got ${got} instead.`,
  };
}

export function above(param: string, most: number, got: number, kind: 'integer' | 'decimal'): Made {
  return {
    param,
    code: `${kind}_above_max_value`,
    message: `Invalid '${param}': ${kind} above maximum value. Expected a value <= ${most}, but got ${got} instead.`,
  };
}

/** `supported` as the sentence ends: `'a', 'b', and 'c'`. */
export function badValue(param: string, got: string, supported: string): Made {
  return { param, code: 'invalid_value', message: `Invalid value: '${got}'. Supported values are: ${supported}.` };
}

export function longString(param: string, most: number, got: number): Made {
  return {
    param,
    code: 'string_above_max_length',
    message: `Invalid '${param}': string too long. Expected a string with maximum length ${most}, but got a string with length ${got} instead.`,
  };
}

export function longArray(param: string, most: number, got: number): Made {
  return {
    param,
    code: 'array_above_max_length',
    message: `Invalid '${param}': array too long. Expected an array with maximum length ${most}, but got an array with length ${got} instead.`,
  };
}

export function emptyArray(param: string): Made {
  return {
    param,
    code: 'empty_array',
    message: `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
  };
}

export function badPattern(param: string, pattern: string): Made {
  return {
    param,
    code: 'invalid_value',
    message: `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${pattern}'.`,
  };
}

export function unsupported(param: string): Made {
  return {
    param,
    code: 'unsupported_parameter',
    message: `Unsupported parameter: '${param}' is not supported with this model.`,
  };
}
