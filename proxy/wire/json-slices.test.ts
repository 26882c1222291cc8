import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import { countKeys } from '../core/json.ts';
import { SLICE_BYTES, type Steps } from '../core/slices.ts';
import { losesDigits } from './json-exact.ts';
import { requestObject } from './json-object.ts';
import { scanJson, scanSteps } from './json-scan.ts';
import { requestObjectSteps, type SlicedObject } from './json-slices.ts';
import { jsonTexts, nearlyJson } from './json-texts.fixture.ts';

function drain<T>(steps: Steps<T>): { readonly result: T; readonly stops: number } {
  for (let stops = 0; ; stops++) {
    const { done, value } = steps.next();
    if (done) return { result: value, stops };
  }
}

/** What a call gives, or the code of its error. */
function outcome<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (error instanceof ProxyError) return error.code;
    throw error;
  }
}

const sliced = (text: string, slice: number): SlicedObject =>
  drain(requestObjectSteps(Buffer.from(text), slice)).result;

test('a body that is parsed in slices is the one that is parsed whole, names in their order', () => {
  fc.assert(
    fc.property(jsonTexts, fc.integer({ min: 1, max: 60 }), (text, slice) => {
      const bytes = Buffer.from(text);
      const whole = requestObject(bytes);
      const { parsed, keys, losesDigits: loses } = sliced(text, slice);
      expect(parsed).toStrictEqual(whole);
      expect(JSON.stringify(parsed)).toBe(JSON.stringify(whole));
      const ambiguous = countKeys(whole) !== scanJson(bytes).keys;
      expect(keys !== scanJson(bytes).keys).toBe(ambiguous);
      if (!ambiguous) expect(loses).toBe(losesDigits(bytes));
    }),
    { numRuns: 1_000 },
  );
});

test('text that is no JSON is refused in slices exactly when it is refused whole', () => {
  const known = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(nearlyJson, fc.integer({ min: 1, max: 20 }), (text, slice) => {
      const whole = outcome(() => JSON.stringify(requestObject(Buffer.from(text))));
      expect(outcome(() => JSON.stringify(sliced(text, slice).parsed))).toBe(whole);
      known[whole === 'invalid_json' ? 'refused' : 'accepted'] += 1;
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(known.accepted, known.refused)).toBeGreaterThan(100);
});

test('a scan in slices finds the members of the whole one, also where the text is no JSON', () => {
  fc.assert(
    fc.property(fc.oneof(jsonTexts, nearlyJson), fc.integer({ min: 1, max: 60 }), (text, slice) => {
      const bytes = Buffer.from(text);
      expect(drain(scanSteps(bytes, slice)).result).toEqual(scanJson(bytes));
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['an array', '[1,2,{"a":1}]'],
  ['a comma before the end', '{"a":[1,2,3,],"b":1}'],
  ['a comma at the end', '{"a":1,"b":2,}'],
  ['a value behind a container', '{"a":[1,2,3] 4,"b":1}'],
  ['brackets that do not match', '{"a":[1,2,3},"b":1}'],
  ['an end that is missing', '{"a":[1,2,3'],
  ['text behind the end', '{"a":[1,2,3]} x'],
  ['a byte order mark', '\ufeff{"a":1}'],
  ['a name without a value', '{"a":[1,2],"b":[1,2],"c"}'],
  ['two names', '{"a":"b":[1,2,3]}'],
  ['nothing', ''],
])('%s is refused', (_name, text) => {
  for (const slice of [1, 2, 4, 8, 1_000]) expect(outcome(() => sliced(text, slice))).toBe('invalid_json');
});

test('invalid UTF-8 is refused', () => {
  const bytes = Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}')]);
  expect(outcome(() => drain(requestObjectSteps(bytes)).result)).toBe('invalid_json');
});

test('what is too complex is refused in slices with the same words', () => {
  const deep = Buffer.from(`{"a":${'['.repeat(70)}${']'.repeat(70)}}`);
  const names = Buffer.from(JSON.stringify(Object.fromEntries(Array.from({ length: 40_000 }, (_, n) => [`k${n}`, n]))));
  for (const bytes of [deep, names]) {
    const said = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        return String(error);
      }
      return '';
    };
    expect(said(() => scanJson(bytes))).toContain('The JSON body');
    expect(said(() => drain(scanSteps(bytes, 16)))).toBe(said(() => scanJson(bytes)));
  }
});

test.each([
  ['many messages', { messages: Array.from({ length: 30_000 }, () => ({ role: 'user', content: 'x'.repeat(100) })) }],
  [
    'one message of many parts',
    { messages: [{ content: Array.from({ length: 60_000 }, () => ({ text: 'x'.repeat(50) })) }] },
  ],
  ['numbers', { input: Array.from({ length: 1_000_000 }, (_, index) => index % 1_000) }],
  ['numbers in rows', { input: Array.from({ length: 1_000 }, () => Array.from({ length: 1_000 }, () => 1.5)) }],
])('no step takes more than a slice: %s', (_name, body) => {
  const bytes = Buffer.from(JSON.stringify(body));
  const slices = bytes.length / SLICE_BYTES;
  expect(slices).toBeGreaterThan(10);
  for (const steps of [scanSteps(bytes), requestObjectSteps(bytes)]) {
    const { stops } = drain<unknown>(steps);
    expect(stops).toBeGreaterThan(0.95 * slices - 1);
    expect(stops).toBeLessThan(1.05 * slices + 1);
  }
});
