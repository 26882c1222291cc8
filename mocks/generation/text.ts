import { searched } from './question/searched.ts';

/** Characters of the request that a default answer repeats at most. */
const ECHO_CHARACTERS = 400;

interface KnownAnswer {
  /** Lowercase; the text contains all words of one of the sets. */
  readonly anyOf: readonly (readonly string[])[];
  readonly answer: string;
}

// Searched by `includes` and not by regular expressions: a prompt may be long, and this runs for each request.
const KNOWN_ANSWERS: readonly KnownAnswer[] = [
  { anyOf: [['hello from llmproxy']], answer: 'Hello from LLMProxy!' },
  { anyOf: [['count from 1 to 5']], answer: '1\n2\n3\n4\n5' },
  { anyOf: [['2+2'], ['2 + 2']], answer: '4' },
  { anyOf: [['three colors'], ['primary colors']], answer: 'Red\nBlue\nYellow' },
  { anyOf: [['capital of france']], answer: 'Paris' },
  {
    anyOf: [['bedtime story', 'unicorn']],
    answer:
      'Under a silver moon, a gentle unicorn named Luna wished every sleepy star good night and curled up in a meadow of dreams.',
  },
];

function bounded(text: string, most = ECHO_CHARACTERS): string {
  // Not in the middle of a surrogate pair: half a character is no text.
  return text.length <= most ? text : `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** The answer to one of a few known questions. */
export function knownAnswer(text: string): string | undefined {
  const lower = searched(text).toLowerCase();
  return KNOWN_ANSWERS.find(({ anyOf }) => anyOf.some((words) => words.every((word) => lower.includes(word))))?.answer;
}

/** Characters of the echo when the answer is to be short. */
const TERSE_CHARACTERS = 40;
const MORE = '\n\nIn more detail: this answer was made of the request alone, so equal requests are answered alike.';

function echo(asked: string, verbosity: 'low' | 'high' | undefined): string {
  if (verbosity === 'low') return `Mock response to: ${bounded(asked, TERSE_CHARACTERS)}`;
  return `Mock response to: ${bounded(asked)}${verbosity === 'high' ? MORE : ''}`;
}

/** The answer to a text when none is scripted: a few known questions (also asked in the instructions), else an echo. */
export function defaultAnswer(asked: string, instructions = '', verbosity?: 'low' | 'high'): string {
  return knownAnswer(asked) ?? knownAnswer(instructions) ?? echo(asked, verbosity);
}

/** The answer that ends a tool loop: what the tools returned, read back. */
export function answerToToolResults(
  results: readonly { readonly name?: string | undefined; readonly text: string }[],
): string {
  return results.map(({ name, text }) => `${name ?? 'The tool'} returned: ${bounded(text)}`).join('\n');
}
