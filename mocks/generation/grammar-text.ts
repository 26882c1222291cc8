import { textForLark } from './lark-text.ts';
import { textForPattern } from './pattern-text.ts';
import type { Grammar } from './prompt.ts';

/** A text that a custom tool's grammar accepts; undefined when the grammar cannot be read. */
export function textForGrammar(grammar: Grammar): string | undefined {
  return grammar.syntax === 'regex' ? textForPattern(`^(?:${grammar.definition})$`) : textForLark(grammar.definition);
}
