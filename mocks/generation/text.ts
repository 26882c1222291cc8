/** Characters of the request that a default answer repeats at most. */
const ECHO_CHARACTERS = 400;

const KNOWN_ANSWERS: readonly (readonly [pattern: RegExp, answer: string])[] = [
  [/hello from llmproxy/i, 'Hello from LLMProxy!'],
  [/count from 1 to 5/i, '1\n2\n3\n4\n5'],
  [/2 ?\+ ?2/, '4'],
  [/three colors|primary colors/i, 'Red\nBlue\nYellow'],
  [/capital of france/i, 'Paris'],
  [
    /bedtime story.*unicorn|unicorn.*bedtime story/is,
    'Under a silver moon, a gentle unicorn named Luna wished every sleepy star good night and curled up in a meadow of dreams.',
  ],
];

function bounded(text: string): string {
  // Not in the middle of a surrogate pair: half a character is no text.
  return text.length <= ECHO_CHARACTERS ? text : `${text.slice(0, ECHO_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function knownAnswer(text: string): string | undefined {
  return KNOWN_ANSWERS.find(([pattern]) => pattern.test(text))?.[1];
}

/** The answer to a text when nobody scripted one: a few known questions (also asked in the instructions), else an echo. */
export function defaultAnswer(asked: string, instructions = ''): string {
  return knownAnswer(asked) ?? knownAnswer(instructions) ?? `Mock response to: ${bounded(asked)}`;
}

/** The answer that ends a tool loop: what the tools returned, read back. */
export function answerToToolResults(
  results: readonly { readonly name?: string | undefined; readonly text: string }[],
): string {
  return results.map(({ name, text }) => `${name ?? 'The tool'} returned: ${bounded(text)}`).join('\n');
}
