import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../core/json.ts';
import { REASON_LIMIT } from './limits.ts';
import { namesIn, reasonOf, shown } from './reason.ts';
import { Validators } from './validators.ts';

/** What is said of a value that does not fit. */
function said(schema: JsonObject, value: Json): string | undefined {
  const validator = new Validators().of('digest', JSON.stringify(schema));
  if ('unusable' in validator) return validator.unusable;
  const error = validator.judge(value);
  return error && reasonOf(error, value, validator.names);
}

const ITEMS: JsonObject = {
  type: 'object',
  properties: { items: { type: 'array', items: { type: 'object', properties: { price: { type: 'number' } } } } },
  required: ['items'],
};

test.each<[JsonObject, Json, string | undefined]>([
  [ITEMS, { items: [{ price: 1 }] }, undefined],
  [ITEMS, { items: [{ price: 'secret' }] }, '/items/0/price must be number'],
  [ITEMS, {}, "the root must have required property 'items'"],
  [{ type: 'string' }, 1, 'the root must be string'],
  [{ const: 'hidden' }, 'secret', 'the root must be equal to constant'],
  [{ enum: ['hidden', 'other'] }, 'secret', 'the root must be equal to one of the allowed values'],
  [{ additionalProperties: false }, { secret: 1 }, 'the root must NOT have additional properties'],
  [{ additionalProperties: { type: 'number' } }, { secret: 'x' }, '/* must be number'],
  [{ additionalProperties: { properties: { n: { type: 'number' } } } }, { 12345: { n: 'x' } }, '/*/n must be number'],
  [{ properties: { 'a/b~c': { type: 'number' } } }, { 'a/b~c': 'x' }, '/a~1b~0c must be number'],
  [{ propertyNames: { maxLength: 2 } }, { secret: 1 }, 'the root must NOT have more than 2 characters'],
  [{ anyOf: [{ properties: { a: { type: 'number' } } }, { type: 'null' }] }, { a: 'x' }, '/a must be number'],
  [{ items: { enum: ['hidden'] } }, ['hidden', 'secret'], '/1 must be equal to one of the allowed values'],
  [{ dependentRequired: { a: ['b'] } }, { a: 1 }, 'the root must have property b when property a is present'],
])('of %j and %j is said: %s', (schema, value, words) => {
  expect(said(schema, value)).toBe(words);
});

test('a reason is one line of bounded length', () => {
  const name = `${'x'.repeat(300)}\n😀`;
  const words = said({ required: [name] }, {});
  expect(words).toHaveLength(REASON_LIMIT);
  expect(words).toMatch(/^the root must have required property 'x+…$/);
  expect(shown('a\nb\u0007\u202ec')).toBe('a b c');
  expect(shown(`${'x'.repeat(REASON_LIMIT - 2)}😀😀`).isWellFormed()).toBe(true);
});

test('the names of a schema are those of all its objects', () => {
  expect([...namesIn({ a: [{ b: 1 }, 'c'], d: null })]).toEqual(['a', 'd', 'b']);
});
