import type { ErrorFields } from './types.ts';

const BY_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  rate_limit_error: 429,
};

/** The HTTP status that an error stands for, for families whose bodies say it in words. */
export function statusOf({ status, type }: Pick<ErrorFields, 'status' | 'type'>): number {
  return status !== undefined && status >= 400 ? status : (BY_TYPE[type] ?? 500);
}
