import { expect, test } from 'vitest';

import { Redactor, scrub } from './redact.ts';

test.each([
  ['Incorrect API key provided: sk-proj-abcDEF123456_xyz.', 'abcDEF'],
  ['{"authorization":"Bearer abcdef.ghijkl"}', 'abcdef'],
  ['{"x-api-key":"weird \\" value"}', 'weird'],
  ['authorization: Bearer tokentokentoken', 'tokentoken'],
  ['Authorization=Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
  ['https://user:hunter2@example.com/v1', 'hunter2'],
  ['redis://:hunter2@127.0.0.1:6379', 'hunter2'],
  ['GET /v1beta/models?key=AIzaSyA-1234567890abcdefghijklmnopqrstu', '1234567890'],
  ['cookie: session=hunter2', 'hunter2'],
])('%s loses its credential', (text, credential) => {
  expect(scrub(text)).toContain('***');
  expect(scrub(text)).not.toContain(credential);
});

test.each([
  '{"level":30,"model":"gpt-4o-mini","prompt_cache_key":"abc","tokens":{"input":5}}',
  'task-force risk-averse disk-full',
  'the basics of it, and the bearer of news',
])('%s stays as it is', (text) => {
  expect(scrub(text)).toBe(text);
});

test('known credentials are taken out whatever they look like', () => {
  const redactor = new Redactor();
  redactor.know(['plain.word+42', 'quote"inside', 'gpt']);
  expect(redactor.clean('say plain.word+42 to gpt')).toBe('say *** to gpt');
  expect(redactor.clean(JSON.stringify({ a: 'quote"inside' }))).toBe('{"a":"***"}');
  redactor.know([]);
  expect(redactor.clean('say plain.word+42')).toBe('say plain.word+42');
});

test('scrubbing takes time in proportion to the text, also for hostile texts', () => {
  const hostile = `authorization: ${'"'.repeat(50_000)}${'sk-'.repeat(50_000)}${'@'.repeat(1_000)}`;
  expect(scrub(hostile).length).toBeLessThanOrEqual(hostile.length + 1_000);
});
