import type { Rule } from '../rule.ts';
import { anything, decimal, either, flag, integer, levels, list, map, nullable, object, oneOf, text } from '../rule.ts';

const METADATA_PAIRS = 16;
const METADATA_NAME = 64;
const METADATA_VALUE = 512;
const CACHE_KEY = 64;

export const free = map(anything);

export const metadata: Rule = nullable(
  levels(map(text()), map(text({ most: METADATA_VALUE }), { most: METADATA_PAIRS, longestName: METADATA_NAME })),
);

export const optionalText = nullable(text());
export const optionalFlag = nullable(flag);

export const stop: Rule = nullable(either({ text: text(), list: list(text(), { least: 1, most: 4 }) }));

export const effort = oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max');
export const verbosity = nullable(oneOf('low', 'medium', 'high'));

/** Tool and schema names. */
export function toolName(most: number): Rule {
  return levels(text(), text({ least: 1, most, pattern: '^[a-zA-Z0-9_-]+$' }));
}

const moderationMode = nullable(object({ mode: text() }, ['mode']));

/** What chat and Responses have in common. */
export const modelFields: Readonly<Record<string, Rule>> = {
  model: text(),
  metadata,
  temperature: nullable(decimal(0, 2)),
  top_p: nullable(decimal(0, 1)),
  top_logprobs: nullable(integer(0, 20)),
  user: optionalText,
  safety_identifier: nullable(text({ most: 64 })),
  prompt_cache_key: levels(optionalText, nullable(text({ most: CACHE_KEY }))),
  prompt_cache_retention: nullable(oneOf('in_memory', '24h')),
  prompt_cache_options: object({ ttl: oneOf('30m'), mode: oneOf('implicit', 'explicit') }),
  moderation: nullable(
    object({ model: text(), policy: nullable(object({ input: moderationMode, output: moderationMode })) }, ['model']),
  ),
  parallel_tool_calls: flag,
  store: optionalFlag,
  stream: optionalFlag,
};
