import type { Violation } from './violation.ts';
import { violation } from './violation.ts';

export const NO_MODEL = violation('you must provide a model parameter');

/** The provider's answer for a model that it does not have: Responses speak of it in another way. */
export function unknownModel(model: string, family: 'chat' | 'responses'): Violation {
  if (family === 'responses') {
    return violation(`The requested model '${model}' does not exist.`, 'model', 'model_not_found');
  }
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return { ...violation(message, null, 'model_not_found'), status: 404 };
}

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

export function wrongKind(path: string, expected: string, kind: string): Violation {
  return violation(`Invalid type for '${path}': expected ${expected}, but got ${kind} instead.`, path, 'invalid_type');
}

export function wrongType(path: string, expected: string, value: unknown): Violation {
  return wrongKind(path, expected, kindOf(value));
}

/** A form's field that should be a file. */
export function noFile(path: string): Violation {
  return wrongKind(path, 'a file', 'a string');
}

export function unsupportedChoice(path: string, value: unknown, choices: readonly string[]): Violation {
  const supported =
    choices.length === 1 ? `Value must be ${listed(choices)}.` : `Supported values are: ${listed(choices)}.`;
  const given = typeof value === 'string' ? value : JSON.stringify(value);
  return violation(`Invalid value: '${given}'. ${supported}`, path, 'invalid_value');
}

export interface NumberBounds {
  readonly least?: number | undefined;
  readonly most?: number | undefined;
  readonly integer: boolean;
}

type NumberKind = 'integer' | 'decimal';

export function below(path: string, least: number, value: number, kind: NumberKind): Violation {
  const message = `Invalid '${path}': ${kind} below minimum value. Expected a value >= ${least}, but got ${value} instead.`;
  return violation(message, path, `${kind}_below_min_value`);
}

export function above(path: string, most: number, value: number, kind: NumberKind): Violation {
  const message = `Invalid '${path}': ${kind} above maximum value. Expected a value <= ${most}, but got ${value} instead.`;
  return violation(message, path, `${kind}_above_max_value`);
}

/** What is wrong with a number that has to lie between bounds. */
export function numberIn(path: string, value: number, { least, most, integer }: NumberBounds): Violation | undefined {
  const kind = integer ? 'integer' : 'decimal';
  if (least !== undefined && value < least) return below(path, least, value, kind);
  return most !== undefined && value > most ? above(path, most, value, kind) : undefined;
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

/** A value that another model takes. */
export function unsupportedByModel(path: string, value: string, model: string, choices: readonly string[]): Violation {
  const message = `Unsupported value: '${value}' is not supported with the '${model}' model. Supported values are: ${listed(choices)}.`;
  return violation(message, path, 'unsupported_value');
}

export function exclusive(...names: readonly string[]): Violation {
  const message = `Mutually exclusive parameters. Ensure you are only providing one of: ${listed(names, 'or')}.`;
  return violation(message, null, 'mutually_exclusive_parameters');
}
