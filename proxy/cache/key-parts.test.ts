import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import type { KeyContext } from './key.ts';
import { keyParts } from './key-parts.ts';

const CONTEXT: KeyContext = {
  scope: 'team:1',
  namespace: 'n',
  operation: 'chat.completions',
  model: 'm',
  mocksOnly: false,
  headers: { 'openai-beta': 'a' },
  forwardsCredential: false,
  query: '',
  ignore: [],
};
const BODY = { model: 'm', messages: [{ role: 'user', content: 'a secret prompt' }] };

const parts = (context: Partial<KeyContext> = {}, body: JsonObject = BODY) =>
  keyParts({ ...CONTEXT, ...context }, { parsed: body, raw: Buffer.from(JSON.stringify(body)) });

const changed = (other: ReturnType<typeof parts>): string[] =>
  Object.entries(parts()).flatMap(([name, value]) => (other[name] === value ? [] : [name]));

test.each([
  ['the scope', parts({ scope: 'team:2' }), ['scope']],
  ['the namespace', parts({ namespace: 'o' }), ['namespace']],
  ['the operation', parts({ operation: 'responses' }), ['operation']],
  ['a header that counts', parts({ headers: { 'openai-beta': 'b' } }), ['headers']],
  ['a header that does not count', parts({ headers: { 'openai-beta': 'a', accept: 'b' } }), []],
  ['the query', parts({ query: 'a=b' }), ['query']],
  ['a message', parts({}, { ...BODY, messages: [{ role: 'user', content: 'other' }] }), ['body', 'body.messages[0]']],
  ['how the body is carried', parts({}, { ...BODY, stream: true }), []],
])('the parts say that two keys differ in %s', (_what, other, differs) => {
  expect(changed(other)).toEqual(differs);
});

test('a long model is a digest', () => {
  expect(parts({ model: 'm'.repeat(257) })['model']).toMatch(/^[0-9a-f]{64}$/);
  expect(parts({ model: 'm'.repeat(256) })['model']).toHaveLength(256);
});

test('what the body alone has, or lacks, is seen by the names of its parts', () => {
  const more = parts({}, { ...BODY, temperature: 1, messages: [...BODY.messages, { role: 'user', content: 'more' }] });
  expect(Object.keys(more).filter((name) => !(name in parts()))).toEqual(['body.messages[1]', 'body.temperature']);
  expect(more['body.messages[0]']).toBe(parts()['body.messages[0]']);
  const long = { list: Array.from({ length: 33 }, () => 1), stream: true };
  expect(Object.keys(parts({}, long)).filter((name) => name.startsWith('body'))).toEqual(['body', 'body.list']);
});

test('no part shows what a prompt or a scope is', () => {
  expect(JSON.stringify(parts())).not.toMatch(/secret prompt|team:1/);
});
