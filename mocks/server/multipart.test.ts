import { expect, test } from 'vitest';
import { UploadedFile } from '../dialects/uploaded-file.ts';
import { boundaryOf, parseForm } from './multipart.ts';

function form(...parts: readonly string[]): Buffer {
  return Buffer.from(`${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`, 'latin1');
}

const field = (name: string, value: string): string => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;

test('fields are text, a file keeps its name, type and bytes', () => {
  const file =
    'Content-Disposition: form-data; name="file"; filename="a \\"b\\".bin"\r\nContent-Type: image/png\r\n\r\n\x00\r\n\xff';
  const parsed = parseForm(form(field('purpose', 'batch'), file), 'b');
  expect(parsed).toEqual({
    purpose: 'batch',
    file: new UploadedFile('a "b".bin', 'image/png', Buffer.from([0, 13, 10, 255])),
  });
});

test('brackets nest: objects by name, arrays by empty brackets', () => {
  const parts = [field('expires_after[anchor]', 'created_at'), field('expires_after[seconds]', '3600')];
  expect(parseForm(form(...parts, field('ids[]', 'x'), field('ids[]', 'y'), field('a[b][]', 'z')), 'b')).toEqual({
    expires_after: { anchor: 'created_at', seconds: '3600' },
    ids: ['x', 'y'],
    a: { b: ['z'] },
  });
});

test('a field without content is an empty text', () => {
  expect(parseForm(form(field('a', '')), 'b')).toEqual({ a: '' });
});

test('what stands before the first boundary is skipped', () => {
  expect(parseForm(Buffer.concat([Buffer.from('preamble\r\n'), form(field('a', '1'))]), 'b')).toEqual({ a: '1' });
});

test('the official way of writing a form is read', async () => {
  const data = new FormData();
  data.set('purpose', 'assistants');
  data.set('file', new File(['hello é'], 'ü.txt', { type: 'text/plain' }));
  const request = new Request('http://localhost', { method: 'POST', body: data });
  const boundary = boundaryOf(request.headers.get('content-type') ?? '') ?? '';
  const parsed = parseForm(Buffer.from(await request.arrayBuffer()), boundary);
  expect(parsed).toEqual({
    purpose: 'assistants',
    file: new UploadedFile('ü.txt', 'text/plain', Buffer.from('hello é')),
  });
});

test.each([
  ['no boundary in it', Buffer.from('hello')],
  ['no end', Buffer.from(`--b\r\n${field('a', '1')}\r\n`)],
  ['a part without a name', form('Content-Disposition: form-data\r\n\r\nx')],
  ['a part without a head', Buffer.from('--b\r\nx\r\n--b--')],
  ['too long a head', form(`X: ${'x'.repeat(20_000)}\r\n${field('a', '1')}`)],
  ['too many parts', form(...Array.from({ length: 1002 }, () => field('a', '1')))],
])('a body with %s is no form', (_what, body) => {
  expect(parseForm(body, 'b')).toBeUndefined();
});

test('a field cannot reach the prototype', () => {
  const parsed = parseForm(form(field('__proto__[x]', '1'), field('a[__proto__][y]', '1')), 'b');
  expect(parsed).toEqual({ a: {} });
  expect(({} as { x?: string; y?: string }).x).toBeUndefined();
});

test('only a multipart content type has a boundary, quoted or not', () => {
  expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc');
  expect(boundaryOf('Multipart/Form-Data; charset=utf-8; boundary="a b"')).toBe('a b');
  expect(boundaryOf('application/json')).toBeUndefined();
});
