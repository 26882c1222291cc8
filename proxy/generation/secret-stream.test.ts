import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SecretStream } from './secret-stream.ts';

const SECRETS = ['sk-our-own-key', 'tenant'];

function pass(secrets: readonly string[], pieces: readonly Buffer[]): Buffer {
  const stream = new SecretStream(secrets.map((secret) => Buffer.from(secret)));
  return Buffer.concat([...pieces.map((piece) => stream.push(piece)), stream.end()]);
}

test('what cannot be the beginning of a secret leaves at once, as the very buffer that came', () => {
  const stream = new SecretStream(SECRETS.map((secret) => Buffer.from(secret)));
  for (const text of ['data: {"a":1}\n\n', 'tenan', 'x', '', 'ends with no beginning of one: ke']) {
    const piece = Buffer.from(text);
    if (text === 'tenan') {
      expect(stream.push(piece)).toHaveLength(0);
      continue;
    }
    const seen = stream.push(piece);
    if (text === 'x') expect(seen.toString()).toBe('tenanx');
    else expect(seen).toBe(piece);
  }
  expect(stream.end()).toHaveLength(0);
});

test('only as many bytes are held back as may begin a secret', () => {
  const stream = new SecretStream(SECRETS.map((secret) => Buffer.from(secret)));
  expect(stream.push(Buffer.from('a tenant and sk-our')).toString()).toBe('a ****** and ');
  expect(stream.push(Buffer.from('-own-kex sk')).toString()).toBe('sk-our-own-kex ');
  expect(stream.end().toString()).toBe('sk');
  expect(stream.end()).toHaveLength(0);
});

test('a piece that holds a secret is copied, not changed', () => {
  const piece = Buffer.from('the tenant');
  expect(pass(SECRETS, [piece]).toString()).toBe('the ******');
  expect(piece.toString()).toBe('the tenant');
});

test('the longer of two secrets that begin alike is masked whole, however it is cut', () => {
  const secrets = ['secret-and-more', 'secret'];
  for (let cut = 0; cut <= 17; cut += 1) {
    const body = Buffer.from('.secret-and-more.secret.');
    const clean = pass(secrets, [body.subarray(0, cut), body.subarray(cut)]).toString();
    expect(clean).toBe(`.${'*'.repeat(15)}.******.`);
  }
});

test('without secrets everything passes', () => {
  const piece = Buffer.from('sk-our-own-key');
  expect(new SecretStream([]).push(piece)).toBe(piece);
});

test('secrets are overwritten however the body is cut, and every other byte stays where it was', () => {
  const part = fc.constantFrom('sk-our-own-key', 'tenant', 'sk-our-', 'ten', 't', ' ', 'some text', '\u00ff\u0000');
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(part), cuts, (parts, sizes) => {
      const body = Buffer.from(parts.join('|'), 'latin1');
      const pieces: Buffer[] = [];
      for (let at = 0, turn = 0; at < body.length; turn += 1) {
        const end = at + sizes[turn % sizes.length]!;
        pieces.push(body.subarray(at, end));
        at = end;
      }
      const text = body.toString('latin1');
      const expected = text.replaceAll('sk-our-own-key', '*'.repeat(14)).replaceAll('tenant', '******');
      expect(pass(SECRETS, pieces).toString('latin1')).toBe(expected);
    }),
  );
});
