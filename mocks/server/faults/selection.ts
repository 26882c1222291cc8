import { requestKey } from '../../dialects/keys.ts';
import { InvalidInput } from '../../rules/check.ts';
import type { NamedFault } from '../../rules/faults/named.ts';
import { parseNamedFault } from '../../rules/faults/named.ts';

export const FAULT_HEADER = 'x-mock-fault';
export const FAULT_KEY_PREFIX = 'sk-mock-fault-';
export const FAULT_MARK = '!';

/** Faults of API keys, by key; `undefined` when there are none. */
export type FaultKeys = ReadonlyMap<string, NamedFault>;

export function faultKeysOf(keys: Readonly<Record<string, string>> = {}): FaultKeys | undefined {
  const entries = Object.entries(keys);
  if (entries.length === 0) return undefined;
  return new Map(entries.map(([key, fault]) => [key, parseNamedFault(fault, `faultKeys.${key}`)]));
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The fault that a request's headers ask for: by `x-mock-fault`, a key `sk-mock-fault-NAME`, or a key with a fault of its own. Throws InvalidInput. */
export function faultOfHeaders(headers: Headers, keys: FaultKeys | undefined, query?: string): NamedFault | undefined {
  const asked = headers[FAULT_HEADER];
  if (typeof asked === 'string') return parseNamedFault(asked, FAULT_HEADER);
  const key = requestKey(headers, query);
  const found = keys?.get(key ?? '');
  if (found !== undefined) return found;
  if (!key?.startsWith(FAULT_KEY_PREFIX)) return undefined;
  return parseNamedFault(key.slice(FAULT_KEY_PREFIX.length), 'the API key');
}

export interface ModelFault {
  readonly body: unknown;
  readonly fault: NamedFault | undefined;
}

/** Takes `!NAME` off the model of a request: dialects never see it. Throws InvalidInput for a name that is not in the catalogue. */
export function takeModelFault(body: unknown): ModelFault {
  const model = (body as { readonly model?: unknown } | undefined | null)?.model;
  const mark = typeof model === 'string' ? model.indexOf(FAULT_MARK) : -1;
  if (typeof model !== 'string' || mark === -1) return { body, fault: undefined };
  const fault = parseNamedFault(model.slice(mark + 1), 'model');
  return { body: { ...(body as object), model: model.slice(0, mark) }, fault };
}

/** What a request is told that asks for a fault or a tenant that there cannot be: a misspelt one must not pass for a success. */
export function misspelt(error: unknown): string | undefined {
  return error instanceof InvalidInput
    ? `The mock cannot do what the request asks of it: ${error.message}.`
    : undefined;
}
