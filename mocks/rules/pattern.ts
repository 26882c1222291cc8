import { isRegExp } from 'node:util/types';
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { InvalidInput, objectAt, optional, stringAt } from './check.ts';
import type { JsonSchema } from './shape.ts';

/** What a pattern found. */
export interface Captures {
  /** The whole, then the groups; a group that took no part is empty. */
  readonly groups: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

/** A regular expression in RE2 syntax: no lookaround, no backreferences, and time that grows with the text alone. */
export interface Pattern {
  /** As it is shown: `/source/flags`. */
  readonly source: string;
  test(text: string): boolean;
  find(text: string): Captures | undefined;
}

/** As rules spell it; flags of JavaScript, of which `g`, `u` and `y` mean nothing here. */
export type PatternInput = RegExp | { readonly regex: string; readonly flags?: string };

const PATTERN_CHARACTERS = 1000;
/** By letter: the engine's name of the flag. */
const FLAGS = { i: 'CASE_INSENSITIVE', m: 'MULTILINE', s: 'DOTALL' } as const;

const FLAGS_PATTERN = '^[dgimsuvy]*$';

/** How JSON spells a regular expression; whether it is one in RE2 syntax no schema can say. */
export const PATTERN_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['regex'],
  properties: {
    regex: { type: 'string', maxLength: PATTERN_CHARACTERS, description: 'In RE2 syntax.' },
    flags: { type: 'string', pattern: FLAGS_PATTERN },
  },
};

const load = createRequire(import.meta.url);

/** Loaded with the first pattern: a server without one starts without the engine. */
function engine(): typeof RE2JS {
  return (load('re2js') as { RE2JS: typeof RE2JS }).RE2JS;
}

class LinearPattern implements Pattern {
  readonly source: string;
  readonly #compiled: RE2JS;

  constructor(source: string, compiled: RE2JS) {
    this.source = source;
    this.#compiled = compiled;
  }

  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  find(text: string): Captures | undefined {
    const matcher = this.#compiled.matcher(text);
    if (!matcher.find()) return undefined;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, at) => matcher.group(at) ?? '');
    const names = Object.entries(this.#compiled.namedGroups());
    return { groups, named: Object.fromEntries(names.map(([name, at]) => [name, groups[at] ?? ''])) };
  }
}

function compiled(source: string, flags: string, field: string): Pattern {
  if (source.length > PATTERN_CHARACTERS && Array.from(source).length > PATTERN_CHARACTERS) {
    throw new InvalidInput(field, `at most ${PATTERN_CHARACTERS} characters`, source);
  }
  const re2 = engine();
  const mask = Object.entries(FLAGS).reduce((sum, [letter, name]) => sum | (flags.includes(letter) ? re2[name] : 0), 0);
  try {
    return new LinearPattern(`/${source}/${flags}`, re2.compile(re2.translateRegExp(source), mask));
  } catch (error) {
    const why = error instanceof Error ? ` (${error.message.replace('error parsing regexp: ', '')})` : '';
    throw new InvalidInput(field, `a regular expression in RE2 syntax${why}`, `/${source}/${flags}`);
  }
}

export function isPatternInput(value: unknown): boolean {
  return isRegExp(value) || (typeof value === 'object' && value !== null && 'regex' in value);
}

/** Reads a `RegExp` or `{regex, flags}`; throws {@link InvalidInput}. */
export function patternAt(value: unknown, field: string): Pattern {
  if (isRegExp(value)) return compiled(value.source, value.flags, field);
  const fields = objectAt(value, field, ['regex', 'flags']);
  const flags = optional(fields['flags'], `${field}.flags`, stringAt) ?? '';
  if (!new RegExp(FLAGS_PATTERN).test(flags))
    throw new InvalidInput(`${field}.flags`, 'flags of a regular expression', flags);
  return compiled(stringAt(fields['regex'], `${field}.regex`), flags, `${field}.regex`);
}
