import { parseArgs } from 'node:util';
import { differingPairs, equalPairs } from './pairs.ts';

const USAGE = `Usage: llmproxy mock pairs [options]

Prints pairs of requests, one JSON line each: {"id", "operation", "expect", "first", "second", "headers"?}.

  --expect miss|hit       only those that a cache must not (miss), or should (hit), answer alike
  --model M               default gpt-4o-mini
  --reasoning-model M     for parameters that only reasoning models take; default gpt-5-mini
  --salt TEXT             stands in every prompt
`;

const TEXT = { type: 'string' } as const;

/** `llmproxy mock pairs`: the text for standard output. Throws an error that names the option. */
export function runPairs(argv: readonly string[]): string {
  const options = {
    expect: TEXT,
    model: TEXT,
    'reasoning-model': TEXT,
    salt: TEXT,
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ args: [...argv], options, strict: true });
  if (values.help) return USAGE;
  const { expect, model, salt } = values;
  if (expect !== undefined && expect !== 'miss' && expect !== 'hit') {
    throw new Error(`--expect: expected miss or hit, found "${expect}"`);
  }
  const made = { model, reasoningModel: values['reasoning-model'], salt };
  return [...differingPairs(made), ...equalPairs(made)]
    .filter((pair) => expect === undefined || pair.expect === expect)
    .map((pair) => `${JSON.stringify(pair)}\n`)
    .join('');
}
