import { isBody } from '../dialects/validate.ts';
import type { Fields } from './shape.ts';

/** A text as it is, a number or boolean as text, `otherwise` for all else. */
export function textOf(value: unknown, otherwise = ''): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : otherwise;
}

/** The fields of an object, none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return isBody(value) ? value : {};
}

/** The entries of an array, none of anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A number, also when it came as text in a form; `otherwise` for all else. */
export function numberOf(value: unknown, otherwise: number): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : otherwise;
}
