import { Facts } from './question/facts.ts';
import { expressionIn, valueOf } from './values/expressions.ts';

const SHOWN_CHARACTERS = 80;

/** Python for a question, and what it prints: the sum that the question asks for, else how long its beginning is. */
export function computation(asked: string): { readonly code: string; readonly printed: string } {
  const sum = expressionIn(new Facts(asked))?.text;
  const value = sum === undefined ? undefined : valueOf(sum);
  if (sum !== undefined && value !== undefined) {
    const python = sum.replaceAll('×', '*').replaceAll('÷', '/').replaceAll('−', '-').replaceAll('^', '**');
    return { code: `result = ${python}\nprint(result)`, printed: String(value) };
  }
  const shown = asked.slice(0, SHOWN_CHARACTERS).toWellFormed();
  return { code: `result = len(${JSON.stringify(shown)})\nprint(result)`, printed: String(shown.length) };
}
