import type { Request } from 'express';
import type { JsonObject } from '../../core/json.ts';
import { invalid } from '../../governance/fault.ts';

/** A query parameter; undefined when it is absent or empty. Throws GovernanceFault 400 when it is given twice. */
export function textParameter({ query }: Request, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(`${name} is given more than once.`);
  if (value.includes('\0') || !value.isWellFormed()) throw invalid(`${name} has characters that are not text.`);
  return value;
}

/** JSON Schema of what `countParameter` takes. */
export const COUNT_PARAMETER: JsonObject = { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 };

export function countParameter(request: Request, name: string): number | undefined {
  const text = textParameter(request, name);
  if (text === undefined) return undefined;
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(count)) throw invalid(`${name} must be a whole number that is not negative.`);
  return count;
}
