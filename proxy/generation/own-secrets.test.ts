import { expect, test } from 'vitest';
import type { Endpoint } from '../routing/types.ts';
import { withoutOwnSecrets } from './own-secrets.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'key', value: 'sk-our-own-key' },
  weight: 1,
  headers: { 'x-tenant': 'tenant-secret', 'x-tier': 'gold' },
};

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
