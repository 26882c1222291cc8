import type { Violation } from './violation.ts';
import { violation } from './violation.ts';

/** A JSON value as the provider names its kind. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    if (value.length === 0) return 'an array';
    if (value.every((item) => typeof item === 'string')) return 'an array of strings';
    return value.every((item) => typeof item === 'object') ? 'an array of objects' : 'an array';
  }
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`. */
export function listed(values: readonly string[], word: 'and' | 'or' = 'and'): string {
  const quoted = values.map((value) => `'${value}'`);
  if (quoted.length < 3) return quoted.join(` ${word} `);
  return `${quoted.slice(0, -1).join(', ')}, ${word} ${quoted.at(-1)}`;
}

export function missing(path: string): Violation {
  return violation(`Missing required parameter: '${path}'.`, path, 'missing_required_parameter');
}

export function unknown(path: string): Violation {
  return violation(`Unknown parameter: '${path}'.`, path, 'unknown_parameter');
}

export function wrongType(path: string, expected: string, value: unknown): Violation {
  return violation(
    `Invalid type for '${path}': expected ${expected}, but got ${kindOf(value)} instead.`,
    path,
    'invalid_type',
  );
}

export function unsupportedChoice(path: string, value: string, choices: readonly string[]): Violation {
  const supported =
    choices.length === 1 ? `Value must be ${listed(choices)}.` : `Supported values are: ${listed(choices)}.`;
  return violation(`Invalid value: '${value}'. ${supported}`, path, 'invalid_value');
}

export function numberOutside(
  path: string,
  value: number,
  side: 'least' | 'most',
  bound: number,
  integer: boolean,
): Violation {
  const kind = integer ? 'integer' : 'decimal';
  const [where, sign, code] =
    side === 'least' ? ['below minimum', '>=', 'below_min'] : ['above maximum', '<=', 'above_max'];
  return violation(
    `Invalid '${path}': ${kind} ${where} value. Expected a value ${sign} ${bound}, but got ${value} instead.`,
    path,
    `${kind}_${code}_value`,
  );
}

interface Sized {
  readonly thing: 'string' | 'array' | 'object';
  readonly path: string;
  readonly size: number;
}

const MEASURES = { string: 'length', array: 'length', object: 'properties' } as const;

export function tooMany({ thing, path, size }: Sized, most: number): Violation {
  if (thing === 'object') {
    const message = `Invalid '${path}': too many properties. Expected an object with at most ${most} properties, but got an object with ${size} properties instead.`;
    return violation(message, path, 'object_above_max_properties');
  }
  const article = thing === 'array' ? 'an' : 'a';
  const message = `Invalid '${path}': ${thing} too long. Expected ${article} ${thing} with maximum length ${most}, but got ${article} ${thing} with ${MEASURES[thing]} ${size} instead.`;
  return violation(message, path, `${thing}_above_max_length`);
}

export function tooFew({ thing, path, size }: Sized, least: number): Violation {
  const article = thing === 'array' ? 'an' : 'a';
  if (size === 0) {
    const message = `Invalid '${path}': empty ${thing}. Expected ${article} ${thing} with minimum length ${least}, but got an empty ${thing} instead.`;
    return violation(message, path, `empty_${thing}`);
  }
  const message = `Invalid '${path}': ${thing} too short. Expected ${article} ${thing} with minimum length ${least}, but got ${article} ${thing} with length ${size} instead.`;
  return violation(message, path, `${thing}_below_min_length`);
}

export function patternMissed(path: string, pattern: string): Violation {
  const message = `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '${pattern}'.`;
  return violation(message, path, 'invalid_value');
}

export function nameTooLong(path: string, name: string, most: number): Violation {
  const message = `Invalid property name in '${path}': '${name}' is too long. Expected a string with maximum length ${most}, but got a string with length ${name.length} instead.`;
  return violation(message, path, 'property_name_above_max_length');
}

export function unsupportedParameter(name: string, instead?: string): Violation {
  const hint = instead === undefined ? '' : ` Use '${instead}' instead.`;
  const message = `Unsupported parameter: '${name}' is not supported with this model.${hint}`;
  return violation(message, name, 'unsupported_parameter');
}

export function exclusive(...names: readonly string[]): Violation {
  const message = `Mutually exclusive parameters. Ensure you are only providing one of: ${listed(names, 'or')}.`;
  return violation(message, null, 'mutually_exclusive_parameters');
}
