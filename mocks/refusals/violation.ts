/** Why a request is refused, as the provider says it. */
export interface Violation {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly message: string;
}

/** Status 400, `invalid_request_error`. */
export function violation(message: string, param: string | null = null, code: string | null = null): Violation {
  return { status: 400, type: 'invalid_request_error', code, param, message };
}
