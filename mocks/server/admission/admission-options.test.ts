import { expect, test } from 'vitest';
import { admissionArguments, parseAdmissionFlags } from './admission-options.ts';

test('short flags and the long one make the limits together', () => {
  const flags = { rpm: '3', 'quota-usd': '0.5', limits: '{"tpm": 10, "models": {"gpt-5": {"rpm": 1}}}' };
  expect(parseAdmissionFlags(flags).limits).toEqual({
    rpm: 3,
    tpm: 10,
    quota: { usd: 0.5 },
    models: { 'gpt-5': { rpm: 1 } },
  });
  expect(parseAdmissionFlags({}).limits).toBeUndefined();
});

test('strictness is a level or JSON by key', () => {
  expect(parseAdmissionFlags({ strictness: 'openai' }).strictness).toBe('openai');
  expect(parseAdmissionFlags({ strictness: '{"keys": {"sk-a": "spec"}}' }).strictness).toEqual({
    keys: { 'sk-a': 'spec' },
  });
});

test.each([
  [{ rpm: 'many' }, '--rpm: expected a number of at least 0, found "many"'],
  [{ 'quota-usd': '' }, '--quota-usd: expected a number of at least 0, found ""'],
  [{ limits: '{' }, '--limits: expected JSON, found "{"'],
  [{ limits: '{"rpm": "x"}' }, '--limits.rpm: expected a number of at least 0, found "x"'],
  [{ strictness: 'hard' }, '--strictness: expected one of off, spec, openai, found "hard"'],
])('%j is refused by name', (flags, message) => {
  expect(() => parseAdmissionFlags(flags)).toThrow(message);
});

test('options come back from the arguments they are written as', () => {
  const options = {
    strictness: { default: 'spec', keys: { 'sk-a': 'openai' } },
    limits: { rpm: 1, quota: { tokens: 5 } },
    organization: 'org-a',
  } as const;
  const flags = Object.fromEntries(
    admissionArguments(options).map((argument) => {
      const at = argument.indexOf('=');
      return [argument.slice(2, at), argument.slice(at + 1)];
    }),
  );
  expect(parseAdmissionFlags(flags)).toEqual(options);
});
