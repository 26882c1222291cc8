import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundaryOf, type FormField, MultipartFinder } from './multipart.ts';

const NAMES = new Set(['model', 'session']);
const everyByte = Buffer.from(Array.from({ length: 256 }, (_none, index) => index));

function find(body: Buffer, cuts: readonly number[] = [], boundary = 'B'): readonly FormField[] {
  const finder = new MultipartFinder(boundary, NAMES);
  let from = 0;
  for (const cut of [...cuts, body.length]) {
    finder.push(body.subarray(from, cut));
    from = cut;
  }
  finder.end();
  return finder.found;
}

const values = (fields: readonly FormField[]): string[] => fields.map(({ value }) => value.toString());

function form(...parts: readonly (string | Buffer)[]): Buffer {
  const pieces = parts.flatMap((part) => [Buffer.from('--B\r\n'), Buffer.from(part), Buffer.from('\r\n')]);
  return Buffer.concat([...pieces, Buffer.from('--B--\r\n')]);
}

const file = Buffer.concat([
  Buffer.from('Content-Disposition: form-data; name="file"; filename="a;name=model.wav"\r\n\r\n'),
  everyByte,
  Buffer.from('\r\n-B\r\n--C\r\n\r\n'),
  everyByte,
]);

test.each([
  ['quoted', 'Content-Disposition: form-data; name="model"'],
  ['a token', 'content-disposition:form-data;name=model'],
  ['in capitals', 'CONTENT-DISPOSITION: FORM-DATA; NAME="model"'],
  [
    'behind other parameters and headers',
    'Content-Type: text/plain\r\nContent-Disposition: form-data; x="a;b"; name="model"',
  ],
  ['before others', 'Content-Disposition: form-data; name="model" ; x=1\r\nX-Y: z'],
  ['on a folded line', 'Content-Disposition: form-data;\r\n\tname="model"'],
  ['with spaces', 'Content-Disposition : form-data ; name = "model"'],
  ['with an escape', String.raw`Content-Disposition: form-data; name="mod\el"`],
  ['percent-encoded', 'Content-Disposition: form-data; name="mod%65l"'],
  ['as a file', 'Content-Disposition: form-data; name="model"; filename="m"'],
  [
    'with a filename before it that holds an escaped quote',
    String.raw`Content-Disposition: form-data; filename="a\"b"; name="model"`,
  ],
  [
    'with a filename before it that ends in a backslash',
    String.raw`Content-Disposition: form-data; filename="C:\"; name="model"`,
  ],
])('the field is found when its name is written %s', (_how, headers) => {
  const body = form(file, `${headers}\r\n\r\nwhisper-1`, file);
  const [field, ...others] = find(body);
  expect(others).toEqual([]);
  expect(field).toMatchObject({ name: 'model' });
  expect(body.toString('latin1', field!.start, field!.end)).toBe('whisper-1');
});

test.each([
  ['LF alone', '--B\nContent-Disposition: form-data; name="model"\n\nm\n--B--\n'],
  ['a preamble', 'hello\r\n--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--B--'],
  ['space behind the delimiter', '--B \t\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--B--'],
  ['no closing delimiter', '--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nm'],
  [
    'a part without headers before',
    '--B\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--B--',
  ],
  [
    'a delimiter among the headers before',
    '--B\r\nX: y\r\n--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--B',
  ],
  [
    'a part without content before',
    '--B\r\nX: y\r\n\r\n--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--B',
  ],
  ['an end before it', '--B--\r\n--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--B--'],
])('the field is found with %s', (_what, text) => {
  expect(values(find(Buffer.from(text)))).toEqual(['m']);
});

test('an empty value is empty, and its place is between the lines', () => {
  const body = form('Content-Disposition: form-data; name="model"\r\n\r\n');
  const [field] = find(body);
  expect(field).toMatchObject({ value: Buffer.alloc(0), end: field!.start });
  expect(body.subarray(0, field!.start).toString()).toMatch(/\r\n\r\n$/);
});

test('every field of a name is found, and no other field', () => {
  const field = (name: string, value: string): string =>
    `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
  const body = form(field('model', 'a'), field('models', 'no'), field('session', '{}'), file, field('model', 'b'));
  expect(find(body).map(({ name, value }) => `${name}=${value.toString()}`)).toEqual([
    'model=a',
    'session={}',
    'model=b',
  ]);
});

test.each([
  [
    'two dispositions',
    'Content-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="model"\r\n\r\nm',
  ],
  ['an extended name', "Content-Disposition: form-data; name*=utf-8''model\r\n\r\nm"],
  ['a name in pieces', 'Content-Disposition: form-data; name*0=mod; name*1=el\r\n\r\nm'],
  ['an encoded value', 'Content-Disposition: form-data; name="model"\r\nContent-Transfer-Encoding: base64\r\n\r\nbQ=='],
  ['headers without end', `X: ${'y'.repeat(17_000)}`],
  ['a value without end', `Content-Disposition: form-data; name="model"\r\n\r\n${'m'.repeat(1_100_000)}`],
])('a form with %s is refused', (_what, part) => {
  expect(() => find(form(part))).toThrow(expect.objectContaining({ code: 'invalid_value' }));
});

test.each([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['Multipart/Form-Data; charset=utf-8; Boundary="a b"', 'a b'],
  ["multipart/form-data;boundary=----WebKit'()+_,-./:=?x ; charset=x", "----WebKit'()+_,-./:=?x"],
])('the boundary of %s is read', (type, boundary) => {
  expect(boundaryOf(type)).toBe(boundary);
});

test.each([
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=a; boundary=b',
  'multipart/form-data; boundary*=a',
])('a content type that does not name one boundary is refused: %s', (type) =>
  expect(() => boundaryOf(type)).toThrow(expect.objectContaining({ code: 'invalid_value' })),
);

test('cut at every byte it finds the same', () => {
  const body = form(file, 'Content-Disposition: form-data;\r\n name="model"\r\n\r\nwhis\r\nper', file);
  const whole = find(body);
  expect(values(whole)).toEqual(['whis\r\nper']);
  for (let cut = 0; cut <= body.length; cut += 1) expect(find(body, [cut])).toEqual(whole);
  expect(
    find(
      body,
      Array.from(body, (_byte, index) => index),
    ),
  ).toEqual(whole);
});

test('of any form that the platform writes it finds what the platform reads', async () => {
  const names = fc.constantFrom('model', 'session', 'file', 'name="model"', 'a\r\nb');
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom('\r\n--', '\n', '\r').map((text) => Buffer.from(text)),
  );
  const parts = fc.array(fc.tuple(names, fc.oneof(fc.string(), bytes)), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(parts, fc.array(fc.nat(400)), async (entries, cuts) => {
      const data = new FormData();
      for (const [name, value] of entries) {
        if (typeof value === 'string') data.append(name, value);
        else data.append(name, new Blob([Uint8Array.from(value)]), 'name="model".bin');
      }
      const written = new Response(data);
      const type = written.headers.get('content-type') ?? '';
      const body = Buffer.from(await written.arrayBuffer());
      const read = await new Response(Uint8Array.from(body), { headers: { 'content-type': type } })
        .formData()
        .catch(() => new FormData());
      const wanted = [...read.entries()].filter(([name]) => NAMES.has(name));
      const expected = await Promise.all(
        wanted.map(async ([name, value]) => [
          name,
          typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer()),
        ]),
      );
      const ends = cuts.filter((cut) => cut < body.length).toSorted((a, b) => a - b);
      const found = find(body, ends, boundaryOf(type));
      expect(found.map(({ name, value }) => [name, value])).toEqual(expected);
      for (const { start, end, value } of found) expect(body.subarray(start, end)).toEqual(value);
    }),
  );
});
