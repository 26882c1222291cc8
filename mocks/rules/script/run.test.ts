import { expect, test } from 'vitest';
import type { RequestFacts } from '../facts.ts';
import { ScriptRun } from './run.ts';
import { parseScript } from './script.ts';
import type { ScriptInput, ScriptRequest } from './types.ts';

const NOW = Date.UTC(2026, 0, 2);

function run(script: ScriptInput): ScriptRun {
  return new ScriptRun(parseScript(script, 'the script'), { tenant: 'alice', now: () => NOW });
}

function facts(text = 'hi', over: Partial<RequestFacts> = {}): RequestFacts {
  return { operation: 'chat.completions', model: 'gpt-4o', stream: false, headers: {}, text: () => text, ...over };
}

/** The text that the script answers with, `undefined` when it leaves the request alone. */
function texts(script: ScriptRun, ...asked: readonly string[]): (string | undefined)[] {
  return asked.map((text) => {
    const verdict = script.take(facts(text), true);
    return verdict === undefined || 'unmatched' in verdict ? undefined : verdict.directive.scripted?.text;
  });
}

test('the first rule that fits answers', () => {
  const script = run([
    { match: { text: 'rome' }, answer: 'Italy' },
    { match: { text: 'r' }, answer: 'some r' },
  ]);
  expect(texts(script, 'Rome', 'Paris', 'hi')).toEqual(['Italy', 'some r', undefined]);
});

test('a sequence gives one answer after the other, and its last one for ever', () => {
  expect(texts(run([{ answers: ['a', 'b'] }]), '', '', '')).toEqual(['a', 'b', 'b']);
});

test('a loop begins again, and a sequence without repetition ends', () => {
  expect(texts(run([{ answers: ['a', 'b'], repeat: 'loop' }]), '', '', '')).toEqual(['a', 'b', 'a']);
  const ending = run([{ answers: ['a', 'b'], repeat: 'none' }, { answer: 'z' }]);
  expect(texts(ending, '', '', '')).toEqual(['a', 'b', 'z']);
});

test('once and times limit the uses', () => {
  const script = run([{ once: true, answer: 'a' }, { times: 2, answer: 'b' }, { answer: 'c' }]);
  expect(texts(script, '', '', '', '')).toEqual(['a', 'b', 'b', 'c']);
});

test('a scenario moves from state to state', () => {
  const script = run([
    { scenario: 'door', match: { text: 'knock' }, state: 'start', next: 'open', answer: 'Who is there?' },
    { scenario: 'door', match: { text: 'enter' }, state: 'open', next: 'inside', answer: 'Welcome.' },
    { match: { text: 'enter' }, answer: 'The door is {{state.door}}.' },
  ]);
  expect(texts(script, 'enter', 'knock', 'enter', 'enter')).toEqual([
    'The door is start.',
    'Who is there?',
    'Welcome.',
    'The door is inside.',
  ]);
  expect(script.report().states).toEqual({ door: 'inside' });
});

test('templates know the request, what was captured, and how often the rule was used', () => {
  const match = { text: { regex: 'in (?<city>\\w+)' } };
  const script = run([{ match, answer: '{{count}} {{capture.city}} {{capture.1}} {{tenant}} {{counter.all}}' }]);
  expect(texts(script, 'sun in Rome', 'snow in Oslo')).toEqual(['1 Rome Rome alice 1', '2 Oslo Oslo alice 2']);
});

test('functions see the request and answer it', () => {
  const seen: ScriptRequest[] = [];
  const script = run([
    {
      when: ({ text }) => text.startsWith('a'),
      answer: (request) => {
        seen.push(request);
        return `${request.model} {{text}} ${request.count}`;
      },
    },
    { answer: () => ({ refusal: 'no' }) },
  ]);
  expect(texts(script, 'ab', 'ac')).toEqual(['gpt-4o {{text}} 1', 'gpt-4o {{text}} 2']);
  expect(seen[0]).toMatchObject({ text: 'ab', tenant: 'alice', turn: 1, tools: [], key: undefined });
  expect(script.take(facts('b'), true)).toMatchObject({ rule: 'rule 2', directive: { scripted: { refusal: 'no' } } });
});

test.each([
  [() => 7, 'expected an object, found 7'],
  [() => ({ txt: 'x' }), 'did you mean "text"?'],
  [async () => 'x', 'expected an answer at once'],
])('what a function may not return is an error of the script: %s', (answer, sentence) => {
  const script = run([{ answer: answer as unknown as () => string }]);
  expect(() => script.take(facts(), true)).toThrow(`the function gave an answer that cannot be used`);
  expect(() => script.take(facts(), true)).toThrow(sentence);
});

test('a request that generates nothing is left to rules that name its operation', () => {
  const script = run({
    strict: true,
    rules: [{ answer: 'x' }, { match: { operation: 'files.list' }, answer: { error: { status: 503 } } }],
  });
  expect(script.take(facts('', { operation: 'models.list' }), false)).toBeUndefined();
  expect(script.take(facts('', { operation: 'files.list' }), false)).toMatchObject({
    directive: { error: { status: 503 } },
  });
});

test('a strict script tells which rule came nearest, and what it wanted', () => {
  const script = run({
    strict: true,
    rules: [
      { name: 'far', match: { text: 'x', model: 'other', turn: 7 }, answer: 'a' },
      { name: 'near', match: { text: 'weather', model: { regex: '^gpt-4' }, stream: false }, answer: 'b' },
      { name: 'spent', once: true, match: { text: 'bye', model: 'o3' }, answer: 'c' },
    ],
  });
  expect(script.take(facts('hello'), true)).toEqual({
    unmatched:
      'No rule of the script fits this request. Nearest is "near" (rules[1]), 2 of 3 conditions fit; ' +
      'text: expected a text with "weather" in it, found "hello".',
  });
  expect(script.report().misses[0]?.map(({ rule }) => rule)).toEqual(['near', 'spent', 'far']);
});

test('uses, states and predicates are conditions too', () => {
  const used = run({ strict: true, rules: [{ once: true, answer: 'a' }] });
  used.take(facts(), true);
  expect(used.take(facts(), true)).toMatchObject({
    unmatched: expect.stringContaining('times: expected at most 1 uses, found 1, all used up') as string,
  });
  const state = run({ strict: true, rules: [{ scenario: 's', state: 'b', when: () => true, answer: 'a' }] });
  expect(state.take(facts(), true)).toMatchObject({
    unmatched: expect.stringContaining(
      'state of s: expected "b", found "start"; when: expected true, found not asked',
    ) as string,
  });
  const when = run({ strict: true, rules: [{ when: () => false, answer: 'a' }] });
  expect(when.take(facts(), true)).toMatchObject({
    unmatched: expect.stringContaining('when: expected true, found false') as string,
  });
  const empty = run({ strict: true, rules: [] });
  expect(empty.take(facts(), true)).toEqual({ unmatched: 'No rule of the script fits this request: it has none.' });
});

test('two runs of one script do not know of each other', () => {
  const script = parseScript([{ answers: ['a {{counter.n}}', 'b {{counter.n}}'] }], 's');
  const [one, two] = ['one', 'two'].map((tenant) => new ScriptRun(script, { tenant, now: () => NOW }));
  expect(texts(one!, '', '')).toEqual(['a 1', 'b 2']);
  expect(texts(two!, '')).toEqual(['a 1']);
  expect(one!.report().rules).toEqual([{ name: 'rule 1', uses: 2 }]);
});
