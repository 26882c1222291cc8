import { isDeepStrictEqual } from 'node:util';
import { booleanAt, isObject, shown } from './check.ts';
import { isPatternInput, patternAt } from './pattern.ts';
import type { TextTest } from './text-question.ts';
import { textQuestion } from './text-question.ts';

/** What a path has to lead to: this very value, a text that is found in it or matches, or whether it is there at all. */
export type JsonTest =
  | string
  | number
  | boolean
  | null
  | readonly unknown[]
  | { readonly contains: TextTest }
  | { readonly regex: string; readonly flags?: string }
  | { readonly exists: boolean }
  | RegExp;

export interface JsonQuestion {
  readonly expected: string;
  /** Of all values that the path leads to, one has to fit. */
  fits(values: readonly unknown[]): boolean;
}

function onTexts(expected: string, fits: (text: string) => boolean): JsonQuestion {
  return { expected, fits: (values) => values.some((value) => typeof value === 'string' && fits(value)) };
}

export function jsonQuestion(value: unknown, field: string): JsonQuestion {
  if (isPatternInput(value)) {
    const pattern = patternAt(value, field);
    return onTexts(`a match of ${pattern.source}`, (text) => pattern.test(text));
  }
  const names = isObject(value) ? Object.keys(value) : [];
  if (isObject(value) && names.length === 1 && names[0] === 'exists') {
    const wanted = booleanAt(value['exists'], `${field}.exists`);
    return { expected: wanted ? 'something' : 'nothing', fits: (values) => values.length > 0 === wanted };
  }
  if (isObject(value) && names.length === 1 && names[0] === 'contains') {
    const question = textQuestion(value['contains'], `${field}.contains`);
    return onTexts(question.expected, (text) => question.fits(text));
  }
  return { expected: shown(value), fits: (values) => values.some((found) => isDeepStrictEqual(found, value)) };
}
