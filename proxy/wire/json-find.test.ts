import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonFinder } from './json-find.ts';

const NAMES = new Set(['model']);

function find(bytes: Buffer, cuts: readonly number[] = [], inner?: string): JsonFinder {
  const finder = new JsonFinder(NAMES, inner);
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    finder.push(bytes.subarray(from, cut));
    from = cut;
  }
  return finder;
}

/** What stands at the places that were found. */
function places(bytes: Buffer, finder: JsonFinder): string[] {
  return finder.found.map(({ start, end }) => bytes.toString('utf8', start, end));
}

test('the member is found with its offsets, wherever it stands, however it is written', () => {
  const bytes = Buffer.from(
    ' {"a":[{"model":"no"}], "b\\"":"{\\"model\\":1", "mod\\u0065l" : "d\\u00e9j\\u00e0" , "z":1.5} \n',
  );
  const finder = find(bytes);
  expect(finder.whole).toBe(true);
  expect(finder.found).toMatchObject([{ name: 'model', value: 'déjà', isNull: false }]);
  expect(places(bytes, finder)).toEqual([String.raw`"d\u00e9j\u00e0"`]);
});

test('every occurrence of a name is found', () => {
  const bytes = Buffer.from('{"model":"a","x":{"model":"b"},"model":"c"}');
  expect(find(bytes).found.map(({ value }) => value)).toEqual(['a', 'c']);
});

test('the members of the inner object are found too, and only of that', () => {
  const bytes = Buffer.from('{"session":{"x":{"model":"no"},"model":"a"},"other":{"model":"no"},"model":"b"}');
  expect(find(bytes, [], 'session').found.map(({ value }) => value)).toEqual(['a', 'b']);
  expect(find(bytes).found.map(({ value }) => value)).toEqual(['b']);
});

test.each([
  ['null', { value: undefined, isNull: true }],
  ['5', { value: undefined, isNull: false }],
  ['nullable', { value: undefined, isNull: false }],
  ['["x"]', { value: undefined, isNull: false }],
  ['{"model":"x"}', { value: undefined, isNull: false }],
  [`"${'x'.repeat(5_000)}"`, { value: undefined, isNull: false }],
  [String.raw`"\x"`, { value: undefined, isNull: false }],
])('a value that is no name is found apart: %s', (value, found) => {
  expect(find(Buffer.from(`{"model":${value},"a":1}`)).found).toMatchObject([found]);
});

test.each(['', ' ', '[]', '"x"', '{', '{"a"', '{"a":', '{"a":1', '{"a":"b', '{"a":[1}', '{a:1}', '{"a":1,}', '{,}'])(
  'what is no whole object is not taken for one: %s',
  (text) => expect(find(Buffer.from(text)).whole).toBe(false),
);

test.each(['{"a":1}{"model":"x"}', '{/**/"model":"x"}', '{"a" "b"}', '{"a":}', '\u{feff}{}', "{'model':'x'}"])(
  'what lenient readers take and others do not is a fault: %s',
  (text) => {
    const finder = find(Buffer.from(text));
    expect(finder.plausible).toBe(false);
    expect(finder.whole).toBe(false);
  },
);

test('the memory that it takes does not grow with the value that is skipped', () => {
  const finder = new JsonFinder(NAMES);
  finder.push(Buffer.from(`{"file":"`));
  for (let i = 0; i < 64; i += 1) finder.push(Buffer.alloc(65_536, 'A'));
  finder.push(Buffer.from('","model":"m"}'));
  expect(finder.found).toMatchObject([{ value: 'm', start: 9 + 64 * 65_536 + 10 }]);
});

const documents = fc.oneof(
  fc.dictionary(fc.oneof(fc.constantFrom('model', 'session', 'a"b', 'é'), fc.string()), fc.jsonValue()),
  fc.record({ session: fc.dictionary(fc.constantFrom('model', 'x'), fc.jsonValue()), model: fc.jsonValue() }),
);

test('of any object, in any pieces, it finds what a JSON parser finds', () => {
  fc.assert(
    fc.property(documents, fc.constantFrom(undefined, 1, 2), fc.array(fc.nat(200)), (document, indent, cuts) => {
      const bytes = Buffer.from(JSON.stringify(document, null, indent));
      const ends = cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b);
      const finder = find(bytes, ends);
      expect(finder.whole).toBe(true);
      const parsed = JSON.parse(bytes.toString()) as Record<string, unknown>;
      expect(finder.found).toHaveLength(Object.hasOwn(parsed, 'model') ? 1 : 0);
      for (const [index, text] of places(bytes, finder).entries()) {
        expect(JSON.parse(text)).toEqual(parsed['model']);
        const { value, isNull } = finder.found[index]!;
        expect(value).toBe(typeof parsed['model'] === 'string' ? parsed['model'] : undefined);
        expect(isNull).toBe(parsed['model'] === null);
      }
    }),
  );
});

test('cut at every byte it finds the same', () => {
  const bytes = Buffer.from(
    String.raw`{"x":"\\\"","a":{"b":[1,"]"]},"session":{"model":"in"},"model":"o\"\\é","n":null}`,
  );
  const whole = find(bytes, [], 'session').found;
  expect(whole).toHaveLength(2);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const finder = find(bytes, [cut], 'session');
    expect(finder.found).toEqual(whole);
    expect(finder.whole).toBe(true);
  }
});
