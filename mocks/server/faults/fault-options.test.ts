import { expect, test } from 'vitest';
import { parseCli } from '../cli-options.ts';
import { faultArguments } from './fault-options.ts';

test('faults go through the command line and back', () => {
  const options = {
    faults: ['cut;after=3', { match: { model: 'gpt-4o' }, times: 1, fault: 'stall' }],
    faultRate: 0.25,
    faultKeys: { 'sk-a': 'hang', 'sk-b': 'status;status=503' },
  };
  expect(parseCli(faultArguments(options)).server).toMatchObject(options);
});

test('a regular expression travels as source and flags', () => {
  const [argument] = faultArguments({ faults: [{ match: { text: /^hi/i }, fault: 'stall' }] });
  expect(argument).toBe('--fault={"match":{"text":{"regex":"^hi","flags":"i"}},"fault":"stall"}');
});

test('without faults nothing is said', () => {
  expect(faultArguments({})).toEqual([]);
  expect(parseCli([]).server.faults).toBeUndefined();
});

test.each([
  [['--fault-rate=2'], '--fault-rate: expected a number from 0 to 1, found 2'],
  [['--fault-rate='], '--fault-rate: expected a number of at least 0, found ""'],
  [['--fault-key=sk-a'], '--fault-key: expected KEY=NAME, found "sk-a"'],
  [['--fault={oops'], '--fault: expected the name of a fault, or a rule as JSON, found "{oops"'],
])('%j is refused', (argv, sentence) => {
  expect(() => parseCli(argv)).toThrow(sentence);
});
