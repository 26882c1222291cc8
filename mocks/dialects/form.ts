import type { Body } from './validate.ts';

const INTEGER = /^-?\d+$/;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/** A form's fields, which are all texts, as the JSON of the same request would have them. */
export function typedForm(
  form: Body,
  integers: readonly string[],
  decimals: readonly string[],
  flags: readonly string[],
): Body {
  const typed = (name: string, value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    const numeric = integers.includes(name) ? INTEGER.test(value) : decimals.includes(name) && DECIMAL.test(value);
    if (numeric) return Number(value);
    return flags.includes(name) && (value === 'true' || value === 'false') ? value === 'true' : value;
  };
  return Object.fromEntries(Object.entries(form).map(([name, value]) => [name, typed(name, value)]));
}
