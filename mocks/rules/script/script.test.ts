import { expect, test } from 'vitest';
import { parseScript, readScript } from './script.ts';

function messages(value: unknown): readonly string[] {
  return readScript(value, 'test').findings.map(({ severity, message }) => `${severity}: ${message}`);
}

test('a list of rules and an object with rules are scripts', () => {
  const rules = [{ match: { text: 'a' }, answer: 'b' }];
  expect(readScript(rules, 'x').script).toMatchObject({ source: 'x', strict: false });
  expect(readScript({ strict: true, rules }, 'x').script?.strict).toBe(true);
});

test('everything that is wrong is found at once', () => {
  const script = {
    rules: [
      { match: { txt: 'a', turn: 0 }, anser: 'b' },
      { answers: [] },
      { answer: 'a', answers: ['b'] },
      { answer: { text: 'a', error: { status: 500 } } },
      { answer: { error: { status: 200 } }, times: 0, repeat: 'never' },
      { answer: '{{modle}}', next: 'x', when: 'always' },
      { answer: { fault: 'stal' } },
      { answer: {} },
      { answer: { reply: { body: {}, events: [] } } },
      7,
    ],
  };
  expect(messages(script).map((message) => message.replace(/^error: /, '').slice(0, 90))).toMatchInlineSnapshot(`
    [
      "rules[0].anser: expected one of the fields name, match, when, answer, reply, answers, repe",
      "rules[0].match.txt: expected one of the fields operation, stream, model, header, key, turn",
      "rules[0]: expected either answer (or reply) or answers, found nothing",
      "rules[1].answers: expected an array of at least one answer, found []",
      "rules[2]: expected either answer (or reply) or answers, found "both"",
      "rules[3].answer: expected either text or error, found ["text","error"]",
      "rules[4].answer.error.status: expected a whole number of at least 400, found 200",
      "rules[4].repeat: expected one of last, loop, none, found "never"",
      "rules[4].times: expected a whole number of at least 1, found 0",
      "rules[5].when: expected a function, which only TypeScript and in-process scripts can have,",
      "rules[5].answer.text: expected one of the placeholders text, system, model, operation, key",
      "rules[5].scenario: expected the scenario that state and next belong to, found nothing",
      "rules[6].answer.fault: expected the name of a fault (nearest: stall, stall-mid, status, se",
      "rules[7].answer: expected at least one of text, reasoning, refusal, toolCalls, finishReaso",
      "rules[8].answer.reply.events: expected no events beside a body, found []",
      "rules[9]: expected an object, found 7",
      "rules[9]: expected either answer (or reply) or answers, found nothing",
    ]
  `);
});

test.each([
  [7, 'script: expected an object, found 7'],
  [{ rule: [] }, 'script.rule: expected one of the fields strict, rules, found "rule"; did you mean "rules"?'],
  [{ rules: 'x' }, 'rules: expected an array of rules, found "x"'],
  [{ strict: 'yes', rules: [] }, 'strict: expected true or false, found "yes"'],
])('%j is no script', (value, sentence) => {
  expect(messages(value)).toEqual([`error: ${sentence}`]);
});

test('rules that can never answer are doubted', () => {
  const found = messages([
    { name: 'a', match: { model: 'm' }, scenario: 's', state: 'paid', answer: 'x' },
    { name: 'all', answer: 'x' },
    { name: 'a', match: { text: 'y' }, answer: 'x' },
    { match: { operation: 'embeddings' }, answer: { error: { status: 500 } } },
  ]);
  expect(found).toEqual([
    'warning: rules[2]: "a" is never asked: "all" before it fits every request',
    'warning: rules[0].state: no rule of the scenario "s" leads to the state "paid"',
    'warning: rules[2].name: "a" is the name of rules[0] too',
  ]);
});

test('rules that end leave something to those behind them', () => {
  expect(messages([{ once: true, answer: 'x' }, { answers: ['a'], repeat: 'none' }, { answer: 'y' }])).toEqual([]);
});

test('a script that cannot be used is an error with a line for each fault', () => {
  expect(() => parseScript([{}, { answer: 3 }], 'the script')).toThrow(
    /^the script cannot be used:\n  rules\[0\]: expected either answer \(or reply\) or answers, found nothing\n  rules\[1\]\.answer: expected a text, an answer or a function, found 3$/,
  );
});
