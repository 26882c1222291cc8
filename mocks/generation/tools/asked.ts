import { conceptOf } from '../question/concepts.ts';
import { Facts } from '../question/facts.ts';
import { isStopWord } from '../question/words.ts';
import { expressionIn } from '../values/expressions.ts';
import { madeUp, withoutSmallTalk } from './small-talk.ts';

/** Where a concept is asked for: `exact` when by a word of its own, and not by one that means nearly the same. */
interface Asking {
  readonly places: readonly number[];
  readonly words: ReadonlySet<string>;
}

/** A question as tools are compared with it. */
export interface Asked {
  readonly lower: string;
  readonly facts: Facts;
  readonly concepts: ReadonlyMap<string, Asking>;
}

const NEGATED = /(?:\b(?:not|never|without|no|don['’]t|doesn['’]t|needn['’]t|won['’]t)\s(?:\w{1,12}\s){0,3})$/i;
const OPERATIONS: Readonly<Record<string, string>> = { '+': 'add', '-': 'subtract', '*': 'multiply', '/': 'divide' };

interface Words {
  put(concept: string, at: number, stem: string): void;
}

/** Signs between numbers ask for the operation that they stand for; several of them, or one that no tool has, for a calculator. */
function putArithmetic(facts: Facts, words: Words, hasCalculator: boolean): void {
  const sum = expressionIn(facts);
  if (sum === undefined) return;
  const signs =
    sum.text
      .replaceAll('×', '*')
      .replaceAll('÷', '/')
      .match(/(?<=[\d)]\s?)[-+*/](?=\s?[\d(-])/g) ?? [];
  const operation = OPERATIONS[signs[0] ?? ''];
  if (operation !== undefined && (signs.length === 1 || !hasCalculator))
    words.put(conceptOf(operation), sum.at, operation);
  words.put(conceptOf('calculate'), sum.at, 'calculat');
}

/** Reads a question; what stands in quotation marks is a value and asks for nothing. */
export function readQuestion(text: string, hasCalculator: boolean): Asked {
  const facts = new Facts(withoutSmallTalk(text));
  const concepts = new Map<string, { places: number[]; words: Set<string> }>();
  const words: Words = {
    put(concept, at, stem) {
      const known = concepts.get(concept) ?? { places: [], words: new Set<string>() };
      known.places.push(at);
      known.words.add(stem);
      concepts.set(concept, known);
    },
  };
  const form = madeUp(facts.text)?.toLowerCase();
  for (const [index, { lower, at, stem }] of facts.words.entries()) {
    if (isStopWord(lower) || (form !== undefined && !lower.startsWith(form))) continue;
    if (NEGATED.test(facts.text.slice(Math.max(0, at - 40), at))) continue;
    if (facts.quoted.some((quoted) => at >= quoted.at && at < quoted.end)) continue;
    words.put(facts.concepts[index] ?? stem, at, stem);
  }
  putArithmetic(facts, words, hasCalculator);
  return { lower: facts.text.toLowerCase(), facts, concepts };
}
