import { InvalidInput, isObject, objectAt, shown, stringAt } from './check.ts';
import type { Captures, PatternInput } from './pattern.ts';
import { isPatternInput, PATTERN_SCHEMA, patternAt } from './pattern.ts';
import { anyOf, record, text } from './shape.ts';

/** Contained, case ignored; a regular expression; or the whole text exactly. */
export type TextTest = string | PatternInput | { readonly is: string };

/** A question to one text, which can also say what it wants. */
export interface TextQuestion {
  /** Completes "expected …". */
  readonly expected: string;
  fits(text: string): boolean;
  /** Only of a pattern. */
  readonly captures?: ((text: string) => Captures | undefined) | undefined;
}

function patternQuestion(value: unknown, field: string): TextQuestion {
  const pattern = patternAt(value, field);
  return {
    expected: `a match of ${pattern.source}`,
    fits: (text) => pattern.test(text),
    captures: (text) => pattern.find(text),
  };
}

function exactly(wanted: string): TextQuestion {
  return { expected: shown(wanted), fits: (text) => text === wanted };
}

/** What `nameQuestion` takes. */
export const NAME_SCHEMA = anyOf(text.schema, PATTERN_SCHEMA);
/** What `textQuestion` takes. */
export const TEXT_SCHEMA = anyOf(text.schema, PATTERN_SCHEMA, record({ is: text }, ['is']).schema);

/** A part of the text, a pattern, or `{is}`. */
export function textQuestion(value: unknown, field: string): TextQuestion {
  if (isPatternInput(value)) return patternQuestion(value, field);
  if (isObject(value)) return exactly(stringAt(objectAt(value, field, ['is', 'regex'])['is'], `${field}.is`));
  const part = stringAt(value, field).toLowerCase();
  return {
    expected: `a text with ${shown(part)} in it`,
    fits: (text) => text.toLowerCase().includes(part),
  };
}

/** The whole value, or a pattern: for names, where a part would be too little. */
export function nameQuestion(value: unknown, field: string): TextQuestion {
  if (isPatternInput(value)) return patternQuestion(value, field);
  if (typeof value !== 'string') throw new InvalidInput(field, 'a string or {regex}', value);
  return exactly(value);
}
