import type { Grammar, Prompt } from '../generation/prompt.ts';
import { asText } from './content.ts';
import type { DialectContext } from './reply.ts';
import type { Body } from './validate.ts';
import { isBody } from './validate.ts';

/** What the `format` of a custom tool demands; undefined for free text. */
export function grammarOf(format: unknown): Grammar | undefined {
  if (!isBody(format) || format['type'] !== 'grammar') return undefined;
  const rules = isBody(format['grammar']) ? format['grammar'] : format;
  return { syntax: rules['syntax'] === 'regex' ? 'regex' : 'lark', definition: asText(rules['definition']) };
}

/** Texts differ at a temperature above 0, unless the request has a seed. */
export function variationOf({ temperature, seed }: Body, context: DialectContext): number | undefined {
  const fixed = temperature === 0 || (seed !== undefined && seed !== null);
  return fixed ? undefined : context.variation;
}

export function verbosityOf(value: unknown): Prompt['verbosity'] {
  return value === 'low' || value === 'high' ? value : undefined;
}
