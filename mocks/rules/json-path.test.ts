import { expect, test } from 'vitest';
import { jsonPathAt } from './json-path.ts';

const body = {
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'Be brief' },
    { role: 'user', content: [{ type: 'text', text: 'Hi' }, { type: 'image_url' }] },
  ],
  metadata: { 'a.b': 1, team: null },
};

test.each<[string, readonly unknown[]]>([
  ['$', [body]],
  ['$.model', ['gpt-4o']],
  ['$.messages[0].role', ['system']],
  ['$.messages[-1].content[0].text', ['Hi']],
  ['$.messages[*].role', ['system', 'user']],
  ['$.metadata.*', [1, null]],
  ["$.metadata['a.b']", [1]],
  ['$["metadata"]["team"]', [null]],
  ['$..text', ['Hi']],
  ['$..type', ['text', 'image_url']],
  ['$..[1].type', ['image_url']],
  ['$.messages[7]', []],
  ['$.model.name', []],
  ['$.toString', []],
])('%s leads to %j', (path, values) => {
  expect(jsonPathAt(path, 'json').find(body)).toEqual(values);
});

test.each([
  ['model', 'json: expected a JSONPath that begins with $, found "model"'],
  ['$.messages[?(@.x)]', 'found "[?(@.x)]"'],
  ['$.', 'found "."'],
])('%s is no path, and the sentence shows where it ends to be one', (path, sentence) => {
  expect(() => jsonPathAt(path, 'json')).toThrow(sentence);
});
