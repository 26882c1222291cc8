import { fieldsOf, numberOf, textOf } from './fields.ts';
import { scoreOf, wordsOf } from './lexical-search.ts';
import type { Fields } from './shape.ts';

export interface Grade {
  readonly score: number;
  readonly passed: boolean;
}

/** `{{ item.answer }}` → what is found on that path; nothing where there is nothing. */
export function filled(template: string, variables: Fields): string {
  return template.replaceAll(/\{\{\s*([\w.]+)\s*\}\}/g, (_all, path: string) => {
    const found = path.split('.').reduce<unknown>((value, name) => fieldsOf(value)[name], variables);
    return typeof found === 'object' && found !== null ? JSON.stringify(found) : textOf(found);
  });
}

const CHECKS: Readonly<Record<string, (input: string, reference: string) => boolean>> = {
  eq: (input, reference) => input === reference,
  ne: (input, reference) => input !== reference,
  like: (input, reference) => input.includes(reference),
  ilike: (input, reference) => input.toLowerCase().includes(reference.toLowerCase()),
};

/** String checks are run and text is compared by shared words; what would need a model or an interpreter passes with 1. */
export function grade(grader: Fields, variables: Fields): Grade {
  const input = filled(textOf(grader['input']), variables);
  const reference = filled(textOf(grader['reference']), variables);
  if (grader['type'] === 'string_check') {
    const check = textOf(grader['operation']);
    const passed = Object.hasOwn(CHECKS, check) && CHECKS[check]?.(input, reference) === true;
    return { score: Number(passed), passed };
  }
  if (grader['type'] === 'text_similarity') {
    const score = input === reference ? 1 : scoreOf(wordsOf(reference), input);
    return { score, passed: score >= numberOf(grader['pass_threshold'], 0.5) };
  }
  if (grader['type'] === 'multi') {
    const grades = Object.values(fieldsOf(grader['graders'])).map((one) => grade(fieldsOf(one), variables));
    const score = grades.reduce((sum, one) => sum + one.score, 0) / Math.max(1, grades.length);
    return { score, passed: grades.every(({ passed }) => passed) };
  }
  return { score: 1, passed: true };
}
