import type { Request } from 'express';
import { ProxyError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { CACHE_RESULTS, type ExchangeFilter, STATUS_CLASSES } from '../../telemetry/journal/exchange-filter.ts';
import { MOST_ROWS, type Numbers } from './exchange-lists.ts';

const USUAL_ROWS = 100;
/** Characters of a parameter, and of a cursor. */
const LONGEST = 256;
const LONGEST_CURSOR = 4_096;

export interface ExchangeQuery {
  readonly filter: ExchangeFilter;
  readonly limit: number;
  /** Empty without a cursor. */
  readonly before: Numbers;
}

/** What each parameter may be; null = any text. */
const FILTERS: Readonly<Record<keyof ExchangeFilter, readonly string[] | null>> = {
  model: null,
  endpoint: null,
  status: STATUS_CLASSES,
  cache: CACHE_RESULTS,
  key: null,
  text: null,
};

/** Reads the query of a list of exchanges. Throws ProxyError `invalid_value`. */
export function exchangeQuery(request: Request): ExchangeQuery {
  const filter: Record<string, string> = {};
  for (const [name, allowed] of Object.entries(FILTERS)) {
    const value = parameter(request, name, LONGEST);
    if (value === undefined) continue;
    if (allowed !== null && !allowed.includes(value)) throw invalid(name, `one of ${allowed.join(', ')}`);
    filter[name] = value;
  }
  return { filter, limit: limitIn(request), before: cursorIn(request) };
}

function limitIn(request: Request): number {
  const text = parameter(request, 'limit', LONGEST);
  if (text === undefined) return USUAL_ROWS;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MOST_ROWS) throw invalid('limit', `a whole number from 1 to ${MOST_ROWS}`);
  return limit;
}

function cursorIn(request: Request): Numbers {
  const text = parameter(request, 'cursor', LONGEST_CURSOR);
  if (text === undefined) return {};
  const numbers = parsed(Buffer.from(text, 'base64url').toString('utf8'));
  if (!isJsonObject(numbers) || !Object.values(numbers).every((one) => Number.isSafeInteger(one))) {
    throw invalid('cursor', '`next` of an answer');
  }
  return numbers as Numbers;
}

/** Undefined when it is absent or empty. */
function parameter({ query }: Request, name: string, longest: number): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || value.length > longest)
    throw invalid(name, `one text of at most ${longest} characters`);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(param: string, expected: string): ProxyError {
  return new ProxyError('invalid_value', `Expected ${param} to be ${expected}.`, { param });
}
