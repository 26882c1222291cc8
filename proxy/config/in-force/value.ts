import { Secret } from '../../core/secret.ts';
import type { RowValue } from './row.ts';

export const MASK = '***';
/** What `api_key` may say in place of a key. */
const NO_KEYS: ReadonlySet<string> = new Set(['', 'forward', 'none']);

/** What a parsed value is compared by: text that is equal where the values are. Credentials stand in it. */
export function identityOf(value: unknown): string {
  if (value instanceof Secret) return JSON.stringify(value.reveal());
  if (Array.isArray(value)) return `[${value.map(identityOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${identityOf(member)}`);
  return `{${members.toSorted().join(',')}}`;
}

/** A value that holds a credential, without it: what says that there is none stays. */
export function masked(parsed: unknown): RowValue {
  if (Array.isArray(parsed)) return parsed.map(masked);
  return parsed instanceof Secret && NO_KEYS.has(parsed.reveal()) ? parsed.reveal() : MASK;
}

/** A value as the file writes it: `7d` and not its milliseconds. What a variable gave as text is the number or list that it stands for. */
export function writtenValue(raw: unknown, parsed: unknown): RowValue {
  if (typeof raw === 'string' && raw.includes('${')) return raw;
  if (typeof raw === 'string' && (typeof parsed === 'boolean' || isListOfTexts(parsed))) return parsed;
  if (typeof raw === 'string' && typeof parsed === 'number' && (raw.trim() === String(parsed) || raw === 'auto')) {
    return parsed;
  }
  return plain(raw);
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function plain(value: unknown): RowValue {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}
