import type { ProviderError } from '../../dialects/errors.ts';

/** What a client event is refused with; the session goes on. */
export type Refusal = ProviderError;

export function refusal(message: string, code: string | null, param: string | null = null): Refusal {
  return { type: 'invalid_request_error', code, message, param };
}

export function missing(param: string): Refusal {
  return refusal(`Missing required parameter: '${param}'.`, 'missing_required_parameter', param);
}

export function invalidValue(param: string, value: unknown, known: readonly string[]): Refusal {
  const list = known.map((one) => `'${one}'`);
  const last = list.pop() ?? '';
  const supported = list.length === 0 ? last : `${list.join(', ')}${list.length > 1 ? ',' : ''} and ${last}`;
  return refusal(`Invalid value: '${String(value)}'. Supported values are: ${supported}.`, 'invalid_value', param);
}

export function unknownParameter(param: string): Refusal {
  return refusal(`Unknown parameter: '${param}'.`, 'unknown_parameter', param);
}
