import { expect, test } from 'vitest';
import type { TemplateScope } from './template.ts';
import { template } from './template.ts';

function scope(): TemplateScope {
  const counters = new Map<string, number>();
  return {
    facts: {
      operation: 'responses',
      model: 'gpt-4o',
      stream: false,
      headers: { 'x-user': 'ann', authorization: 'Bearer sk-1' },
      text: () => 'Where is Rome?',
      conversation: () => ({
        system: 'Be brief.',
        tools: ['a', 'b'],
        turn: 3,
        toolResults: [{ tool: 'a', text: 'sunny' }],
      }),
      body: { metadata: { n: 7 }, input: 'x' },
    },
    captures: { groups: ['is Rome', 'Rome'], named: { city: 'Rome' } },
    tenant: 'alice',
    count: 2,
    now: Date.UTC(2026, 0, 2),
    state: (scenario) => `${scenario}-state`,
    counter(name) {
      counters.set(name, (counters.get(name) ?? 0) + 1);
      return counters.get(name)!;
    },
  };
}

test.each([
  ['{{text}}|{{system}}|{{model}}|{{operation}}', 'Where is Rome?|Be brief.|gpt-4o|responses'],
  ['{{key}} {{tenant}} {{turn}} {{tools}} {{toolResult}}', 'sk-1 alice 3 a, b sunny'],
  ['{{count}} {{now}} {{unix}}', '2 2026-01-02T00:00:00.000Z 1767312000'],
  ['{{capture.1}} {{ capture.city }} {{capture.9}}', 'Rome Rome '],
  ['{{header.X-User}} {{header.none}}', 'ann '],
  ['{{$.metadata.n}} {{$.metadata}} {{$.none}}', '7 {"n":7} '],
  ['{{counter.a}} {{counter.b}} {{counter.a}}', '1 1 2'],
  ['{{state.login}}', 'login-state'],
  ['\\{{text}} { {text} }', '{{text}} { {text} }'],
])('%s becomes %s', (text, filled) => {
  expect(template(text, 'answer')?.(scope())).toBe(filled);
});

test('texts anywhere in a value are templates, everything else stays', () => {
  const value = { a: ['{{model}}', 1], b: { c: null, d: 'plain' } };
  expect(template(value, 'answer')?.(scope())).toEqual({ a: ['gpt-4o', 1], b: { c: null, d: 'plain' } });
});

test('a value without a placeholder is no template', () => {
  expect(template({ a: ['plain', { b: '{ }' }], c: 5 }, 'answer')).toBeUndefined();
});

test.each([
  ['{{txt}}', 'answer[0]: expected one of the placeholders', 'found "{{txt}}"; did you mean "text"?'],
  ['{{capture.}}', 'found "{{capture.}}"', 'capture.NAME'],
  ['{{toString}}', 'found "{{toString}}"', '$.JSON.PATH'],
  ['{{$.[}}', 'a JSONPath of .name', 'answer[0]'],
])('%s is refused when the script is read', (text, ...sentences) => {
  for (const sentence of sentences) expect(() => template([text], 'answer')).toThrow(sentence);
});
