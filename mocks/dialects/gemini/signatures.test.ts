import { expect, test } from 'vitest';
import { STAND_IN, sign, signedCall, verify } from './signatures.ts';

const signer = { model: 'gemini-3-flash-preview', tenant: 'a' };
const signature = sign('text', 2, signer);

test('a signature is good for its text, at its place or an earlier one', () => {
  expect(verify(signature, 'text', 2, signer)).toBe('good');
  expect(verify(signature, 'text', 1, signer)).toBe('good');
  expect(verify(signature, 'text', 3, signer)).toBe('misplaced');
  expect(verify(signature, 'other', 2, signer)).toBe('other-text');
});

test('another model, another tenant and other bytes did not sign it', () => {
  expect(verify(signature, 'text', 2, { ...signer, model: 'gemini-3-pro-preview' })).toBe('foreign');
  expect(verify(signature, 'text', 2, { ...signer, tenant: 'b' })).toBe('foreign');
  const bytes = Buffer.from(signature, 'base64');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    expect(verify(changed.toString('base64'), 'text', 2, signer)).toBe('foreign');
  }
  expect(verify('', 'text', 2, signer)).toBe('foreign');
});

test('the stand-in of the documentation is good everywhere', () => {
  expect(verify(STAND_IN, 'anything', 99, signer)).toBe('good');
});

test('a call is the same call whatever the order of its arguments', () => {
  expect(signedCall('f', { a: 1, b: { c: 2, d: [3] } })).toBe(signedCall('f', { b: { d: [3], c: 2 }, a: 1 }));
  expect(signedCall('f', undefined)).toBe(signedCall('f', {}));
  expect(signedCall('f', { a: 1 })).not.toBe(signedCall('g', { a: 1 }));
  expect(signedCall('f', { a: [1, 2] })).not.toBe(signedCall('f', { a: [2, 1] }));
});
