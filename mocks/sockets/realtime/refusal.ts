import type { ProviderError } from '../../dialects/errors.ts';
import * as say from '../../refusals/sentences.ts';
import type { Violation } from '../../refusals/violation.ts';

/** What a client event is refused with; the session goes on. */
export type Refusal = ProviderError;

export function refusal(message: string, code: string | null, param: string | null = null): Refusal {
  return { type: 'invalid_request_error', code, message, param };
}

function refused({ type, code, message, param }: Violation): Refusal {
  return { type, code, message, param };
}

export function missing(param: string): Refusal {
  return refused(say.missing(param));
}

export function invalidValue(param: string, value: unknown, known: readonly string[]): Refusal {
  return refused(say.unsupportedChoice(param, value ?? String(value), known));
}

export function unknownParameter(param: string): Refusal {
  return refused(say.unknown(param));
}
