import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { compactJson, isExactObject, numberOf, parseExact } from './json-exact.ts';

const again = (text: string) => JSON.stringify(parseExact(text));

test.each([
  '1.0',
  '0.0',
  '-0',
  '-0.0',
  '1e5',
  '1E+5',
  '1.50',
  '12345678901234567890',
  '0.0000001',
  '1.00000000000000000001',
  '-12.340',
  '7',
  '-1.5',
  '0.1',
])('the number %s is written as it was read, wherever it stands', (number) => {
  expect(again(number)).toBe(number);
  expect(again(`{"a":[${number},{"b":${number}}],"c":"${number}"}`)).toBe(
    `{"a":[${number},{"b":${number}}],"c":"${number}"}`,
  );
  const { a } = parseExact(`{"a":${number}}`) as JsonObject;
  expect(numberOf(a)).toBe(Number(number));
  expect(isExactObject(a)).toBe(false);
});

test('any spelling of any number is kept', () => {
  const digits = fc.string({ unit: fc.constantFrom('0', '1', '5', '9'), minLength: 1, maxLength: 20 });
  const whole = digits.map((text) => text.replace(/^0+(?=\d)/, ''));
  const fraction = fc.oneof(
    fc.constant(''),
    digits.map((text) => `.${text}`),
  );
  const exponent = fc.oneof(
    fc.constant(''),
    fc.tuple(fc.constantFrom('e', 'E', 'e-', 'E+'), fc.nat(20)).map((parts) => parts.join('')),
  );
  const number = fc.tuple(fc.constantFrom('', '-'), whole, fraction, exponent).map((parts) => parts.join(''));
  fc.assert(
    fc.property(number, (text) => {
      expect(again(`[${text}]`)).toBe(`[${text}]`);
    }),
    { numRuns: 5000 },
  );
});

test('values that are no numbers are themselves', () => {
  expect(parseExact('{"a":"1.0","b":[null,true]}')).toEqual({ a: '1.0', b: [null, true] });
  expect(isExactObject({})).toBe(true);
  expect(isExactObject([])).toBe(false);
  expect(numberOf('1')).toBeUndefined();
  expect(() => parseExact('{"a":1.0')).toThrow(SyntaxError);
});

test('space between tokens is taken out, nothing else', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(1, '\t', ' \t '), (value, indent) => {
      const compact = JSON.stringify(value);
      const spaced = JSON.stringify(value, null, indent).replaceAll('\n', () => '\r\n');
      expect(compactJson(Buffer.from(`${spaced}\n`)).toString()).toBe(compact);
    }),
  );
  const oneLine = Buffer.from('{"a": 1.0}');
  expect(compactJson(oneLine)).toBe(oneLine);
});
