import fc from 'fast-check';
import { expect, test } from 'vitest';

import { namesOf } from './model-name.ts';
import { NameTable } from './name-table.ts';

const tableOf = (...names: string[]): NameTable<string> => new NameTable(names.map((name) => [name, name]));

test.each([
  ['its own name', 'gpt-4o', ['gpt-4o', 'gpt*'], 'gpt-4o'],
  ['without case', 'GPT-4o', ['gpt-4O'], 'gpt-4O'],
  ['without its provider', 'openai/gpt-4o', ['gpt-4o'], 'gpt-4o'],
  ['with its provider first', 'openai/gpt-4o', ['gpt-4o', 'openai/gpt-4o'], 'openai/gpt-4o'],
  ['without a date of eight digits', 'claude-3-5-sonnet-20240620', ['claude-3-5-sonnet'], 'claude-3-5-sonnet'],
  ['without a date of three parts', 'gpt-4o-2024-08-06', ['gpt-4o'], 'gpt-4o'],
  ['without a date behind an @', 'claude-sonnet-4@20250514', ['claude-sonnet-4'], 'claude-sonnet-4'],
  ['without month and day', 'gpt-4-0613', ['gpt-4'], 'gpt-4'],
  ['without -latest', 'claude-3-7-sonnet-latest', ['claude-3-7-sonnet'], 'claude-3-7-sonnet'],
  ['without provider and date', 'anthropic/claude-3-haiku-20240307', ['claude-3-haiku'], 'claude-3-haiku'],
  ['with its date first', 'gpt-4o-2024-05-13', ['gpt-4o', 'gpt-4o-2024-05-13'], 'gpt-4o-2024-05-13'],
  ['the longest beginning', 'gpt-4o-mini-tts', ['gpt*', 'gpt-4o-mini*', 'gpt-4o*'], 'gpt-4o-mini*'],
  ['a beginning without the provider', 'openai/gpt-9', ['gpt*'], 'gpt*'],
  ['a beginning with the provider', 'openai/gpt-9', ['openai/*'], 'openai/*'],
  ['everything', 'some-model', ['*'], '*'],
  ['a name before every beginning', 'gpt-4o-2024-08-06', ['gpt-4o-2024*', 'gpt-4o'], 'gpt-4o'],
  ['a fine-tuned base', 'ft:gpt-4o-mini:my-org::abc', ['ft:gpt-4o-mini', 'gpt-4o-mini'], 'ft:gpt-4o-mini'],
  ['a fine-tuned base without date', 'ft:gpt-4o-2024-08-06:org::a', ['ft:gpt-4o'], 'ft:gpt-4o'],
  ['a fine-tuned model itself', 'ft:gpt-4o:org::a', ['ft:gpt-4o', 'ft:gpt-4o:org::a'], 'ft:gpt-4o:org::a'],
  ['a fine-tuned base behind a provider', 'openai/ft:gpt-4o:org::a', ['ft:gpt-4o'], 'ft:gpt-4o'],
])('a model finds %s: %s', (_rule, model, entries, expected) => {
  expect(tableOf(...entries).find(model)).toBe(expected);
});

test.each([
  ['a shorter name', 'gpt-4o-mini', ['gpt-4o', 'gpt', 'mini', 'o-mini']],
  ['a longer name', 'gpt-4o', ['gpt-4o-mini', 'gpt-4o-2024-08-06', 'gpt-4o-latest']],
  ['a variant for a date', 'gpt-4o-audio-preview', ['gpt-4o', 'gpt-4o-audio']],
  ['a variant behind a date', 'gpt-4o-2024-08-06-audio', ['gpt-4o']],
  ['year and month for a date', 'mistral-large-2411', ['mistral-large']],
  ['six digits for a date', 'model-240613', ['model']],
  ['a number for a date', 'model-1300', ['model']],
  ['no day of a month', 'model-20240641', ['model']],
  ['month before year', 'gemini-2.5-flash-preview-09-2025', ['gemini-2.5-flash-preview']],
  ['a date without a dash', 'model0613', ['model']],
  ['another spelling', 'claude-3.5-sonnet', ['claude-3-5-sonnet']],
  ['the base of a fine-tuned model', 'ft:gpt-4o-mini:my-org::abc', ['gpt-4o-mini', 'gpt*']],
  ['two dates', 'gpt-4o-0613-20240620', ['gpt-4o']],
  ['two providers', 'openrouter/openai/gpt-4o', ['gpt-4o']],
  ['a beginning that is no pattern', 'gpt-4o', ['gpt-4']],
])('a model does not find %s: %s', (_what, model, entries) => {
  expect(tableOf(...entries).find(model)).toBeUndefined();
});

test('of several names the first counts, and names before beginnings', () => {
  expect(tableOf('gpt-4o-mini', 'fast').find('gpt-4o-mini', 'fast')).toBe('gpt-4o-mini');
  expect(tableOf('gpt*', 'fast').find('gpt-4o-mini', 'fast')).toBe('fast');
});

test('of entries that differ in case alone the first stays', () => {
  expect(tableOf('GPT-4o', 'gpt-4o').find('gpt-4O')).toBe('GPT-4o');
});

test('an entry is found for its own name, and without patterns for nothing that is not made of it', () => {
  const segment = fc.stringMatching(/^[a-z][a-z0-9.]{0,6}$/);
  const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('-'));
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), name, (entries, asked) => {
      const table = tableOf(...entries);
      for (const entry of entries) expect(table.find(entry)).toBe(entry);
      const found = table.find(asked);
      expect(found === undefined || namesOf(asked).includes(found)).toBe(true);
    }),
  );
});
