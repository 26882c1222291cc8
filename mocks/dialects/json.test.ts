import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { float, pretty } from './json.ts';

test('pretty-printing any compact JSON gives what JSON.stringify with two spaces gives', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(pretty(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('pretty-printing keeps the lexical form of floats', () => {
  expect(pretty('{"a":1.0,"b":[0.0],"c":"1:2,\\"{"}')).toBe(
    '{\n  "a": 1.0,\n  "b": [\n    0.0\n  ],\n  "c": "1:2,\\"{"\n}',
  );
});

test('whole numbers become floats and fractions stay', () => {
  expect([float(1), float(0), float(0.7), float(-2)]).toEqual(['1.0', '0.0', '0.7', '-2.0']);
});
