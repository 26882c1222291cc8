import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { compactJson, isExactObject, losesDigits, numberOf, parseExact } from './json-exact.ts';

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

test.each([
  '4503599627370497.5',
  '4503599627370497.6',
  '0.10000000000000000001',
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890',
  '1e400',
  '-1E+400',
  '1e-400',
  '1.00000000000000000001',
  '123456789012345678e-17',
])('JSON.parse does not keep %s, wherever it stands', (number) => {
  for (const text of [number, `[${number}]`, `{"a":"x","b":[1,{"c": ${number} }]}`]) {
    expect(losesDigits(Buffer.from(text))).toBe(true);
  }
});

test.each([
  '4503599627370497',
  '9007199254740992',
  '1234567890123456',
  '-0.0',
  '-0e5',
  '0.000e-999',
  '1.0',
  '1e2',
  '100000000000000000000000',
  '1E+21',
  '12.5e-1',
  '1.50000000000000000000',
  '5e-324',
  '"9007199254740993"',
  '"1e400"',
  String.raw`"\"9007199254740993"`,
  '[true,false,null,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]',
  '["1",23,"456",7890,"12345",678901]',
])('JSON.parse keeps %s', (text) => {
  for (const whole of [text, `[${text}]`, `{"a":${text},"b":1}`]) expect(losesDigits(Buffer.from(whole))).toBe(false);
});

test('any number that JSON.stringify writes is kept', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      expect(losesDigits(Buffer.from(JSON.stringify([number])))).toBe(false);
    }),
  );
});

test('an integer is kept exactly when a double spells it as it stands', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 10n ** 14n, max: 10n ** 20n }), (integer) => {
      const text = integer.toString();
      expect(losesDigits(Buffer.from(`{"a":${text}}`))).toBe(String(Number(text)) !== text);
    }),
  );
});
