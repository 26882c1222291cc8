import type { JsonObject } from '../../core/json.ts';

type Reviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown;

interface RawJson {
  rawJSON(text: string): unknown;
}

/** A number with this text, whatever a double would make of it. */
export function exactNumber(text: string): unknown {
  return (JSON as unknown as RawJson).rawJSON(text);
}

/** Reads JSON so that JSON.stringify writes its numbers with all their digits. Undefined for what is no object. */
export function parseExact(text: string): JsonObject | undefined {
  const keepDigits: Reviver = (_name, value, { source }) =>
    typeof value !== 'number' || source === undefined || String(value) === source ? value : exactNumber(source);
  try {
    const value = JSON.parse(text, keepDigits as (name: string, value: unknown) => unknown) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
