import { InvalidInput } from '../../rules/check.ts';

/** Reads a flag's text as the value that JSON would have. What it cannot read stays a text, for the option's own check to refuse. */
export type FromText = (text: string, flag: string) => unknown;

export const asNumber: FromText = (text) => {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
};

export const asList: FromText = (text) => text.split(',').map((item) => item.trim());

export const asJson: FromText = (text, flag) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InvalidInput(flag, 'JSON', text);
  }
};

/** JSON when it begins like an object or an array, else what `otherwise` makes of it. */
export function jsonOr(otherwise: FromText): FromText {
  return (text, flag) => (/^\s*[[{]/.test(text) ? asJson(text, flag) : otherwise(text, flag));
}

/** `KEY=VALUE` → `{ KEY: VALUE }`. */
export function asPair(value: string): FromText {
  return (text, flag) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw new InvalidInput(flag, `KEY=${value}`, text);
    return { [text.slice(0, equals)]: text.slice(equals + 1) };
  };
}

/** `K=V,K=V` as one object; `each` stays the word. */
export const asTenantKeys: FromText = (text, flag) => {
  if (text === 'each') return text;
  const pair = asPair('TENANT');
  return Object.assign({}, ...text.split(',').map((one) => pair(one, flag))) as unknown;
};
