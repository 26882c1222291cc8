import { expect, test } from 'vitest';
import type { Endpoint } from '../routing/types.ts';
import { ownKeys, ownSecrets, withoutOwnSecrets } from './own-secrets.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'key', value: 'sk-our-own-key' },
  weight: 1,
  headers: { 'x-tenant': 'tenant-secret', 'x-tier': 'gold' },
};

function withKey(value: string, headers: Readonly<Record<string, string>> = {}): Endpoint {
  return { ...endpoint, credential: { kind: 'key', value }, headers };
}

test('the key and the configured headers are masked wherever they stand, and every other byte stays', () => {
  const body = Buffer.from([
    ...Buffer.from('sk-our-own-key ü '),
    0xff,
    0x00,
    ...Buffer.from(' tenant-secret,sk-our-own-key'),
  ]);
  const clean = withoutOwnSecrets(body, endpoint);
  expect(clean).toEqual(Buffer.from([...Buffer.from('*** ü '), 0xff, 0x00, ...Buffer.from(' ***,***')]));
});

test('a body that repeats nothing is the same buffer', () => {
  const body = Buffer.from('{"error":{"message":"gold is no secret: sk-our-own"}}');
  expect(withoutOwnSecrets(body, endpoint)).toBe(body);
});

test('an endpoint without a key of ours has nothing to hide but its headers', () => {
  const body = Buffer.from('tenant-secret');
  expect(withoutOwnSecrets(body, { ...endpoint, credential: { kind: 'forward' } }).toString()).toBe('***');
  expect(withoutOwnSecrets(body, { ...endpoint, credential: { kind: 'none' }, headers: {} })).toBe(body);
});

test('a secret is known without its scheme and as JSON writes it, the longest first', () => {
  const headers = { authorization: 'Bearer abc"def', 'x-a': 'short', 'x-b': 'Beareroftidings' };
  expect(ownSecrets({ ...endpoint, credential: { kind: 'none' }, headers })).toEqual([
    'Bearer abc\\"def',
    'Beareroftidings',
    'Bearer abc"def',
    'abc\\"def',
    'abc"def',
  ]);
});

test.each([
  ['sk-our-own-key', true],
  ['sk-abc', true],
  ['SK_abc', true],
  ['gsk_ab', true],
  ['sk-ab', false],
  ['0123456789abcdef', true],
  ['abcdefghijklmnop', true],
  ['abcdefghijklmno', false],
  ['abcdefg1', true],
  ['abcdef1', false],
  ['12345678', false],
  ['lm-studio', false],
  ['ollama', false],
  ['task-1', false],
])('in an answer that succeeds the key %s is hidden: %s', (value, hidden) => {
  expect(ownKeys(withKey(value))).toEqual(hidden ? [value] : []);
});

test('of the headers only those that carry a credential are hidden in an answer that succeeds', () => {
  const value = 'value-of-24-characters-x';
  for (const name of [
    'api-key',
    'X-Auth',
    'cookie',
    'x-access-token',
    'x-client-secret',
    'x-password',
    'x-signature',
  ]) {
    expect(ownKeys({ ...withKey('none'), headers: { [name]: value } })).toEqual([value]);
  }
  for (const name of ['x-tenant', 'accept', 'x-credential']) {
    const expected = name === 'x-credential' ? [value] : [];
    expect(ownKeys({ ...endpoint, credential: { kind: 'none' }, headers: { [name]: value } })).toEqual(expected);
  }
  expect(ownKeys(withKey('sk-our-own-key', { 'x-session': `Token ${value}`, 'x-key': 'word' }))).toEqual([
    `Token ${value}`,
    value,
    'sk-our-own-key',
  ]);
});
