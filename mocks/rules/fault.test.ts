import { expect, test } from 'vitest';
import { FAULT_KINDS, parseFaultRule } from './fault.ts';
import type { CustomFault } from './fault.ts';

const EXAMPLES: { readonly [K in CustomFault['kind']]: Extract<CustomFault, { kind: K }> } = {
  status: { kind: 'status', status: 429, headers: { 'retry-after': '1' }, body: { error: { message: 'no' } } },
  delay: { kind: 'delay', ms: 20 },
  hang: { kind: 'hang', afterEvents: 2 },
  cut: { kind: 'cut', atByte: 17 },
  'error-first': { kind: 'error-first', afterEvents: 1, error: { message: 'no', code: null } },
  empty: { kind: 'empty' },
  'content-type': { kind: 'content-type', contentType: 'text/plain', body: 'sorry' },
};

test.each(FAULT_KINDS.map((kind) => [kind]))('the fault "%s" is read as it was written', (kind) => {
  expect(parseFaultRule({ fault: EXAMPLES[kind] }).value).toEqual(EXAMPLES[kind]);
});

test('a fault without its options has none of them', () => {
  expect(parseFaultRule({ fault: { kind: 'hang' } }).value).toStrictEqual({ kind: 'hang' });
});

test.each([
  [{}, 'fault.fault: expected an object, found nothing'],
  [
    { fault: { kind: 'explode' } },
    'fault.fault.kind: expected one of status, delay, hang, cut, error-first, empty, content-type, found "explode"',
  ],
  [{ fault: { kind: 'status' } }, 'fault.fault.status: expected a whole number of at least 400, found nothing'],
  [{ fault: { kind: 'status', status: 700 } }, 'fault.fault.status: expected a status from 400 to 599, found 700'],
  [{ fault: { kind: 'status', status: 500, headers: { a: 1 } } }, 'fault.fault.headers.a: expected a string, found 1'],
  [{ fault: { kind: 'delay', ms: '5' } }, 'fault.fault.ms: expected a number of at least 0, found "5"'],
  [{ fault: { kind: 'cut', atByte: 1, afterEvents: 1 } }, 'fault.fault: expected afterEvents or atByte, not both'],
  [{ fault: { kind: 'empty', ms: 1 } }, 'fault.fault.ms: expected one of the fields kind, found "ms"'],
  [{ fault: { kind: 'error-first', error: { message: 1 } } }, 'fault.fault.error.message: expected a string, found 1'],
  [
    { fault: { kind: 'empty' }, twice: true },
    'fault.twice: expected one of the fields match, times, once, rate, seed, fault, found "twice"',
  ],
])('a fault that cannot be used is refused in one sentence: %j', (rule, sentence) => {
  expect(() => parseFaultRule(rule)).toThrow(sentence);
});
