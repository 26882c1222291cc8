import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRedactedData, isSigned, redactedData, signatureOf } from './signature.ts';

const signing = { model: 'claude-opus-5', organization: 'org-a', tenant: '', position: 0 };

test('a signature fits its block and no other', () => {
  const signature = signatureOf(signing, 'I think.');
  expect(signature).toMatch(/^E[A-Za-z0-9+/]{200,}=*$/);
  expect(isSigned(signing, 'I think.', signature)).toBe(true);
  expect(isSigned(signing, 'I think!', signature)).toBe(false);
  for (const over of [{ model: 'claude-sonnet-5' }, { organization: 'org-b' }, { tenant: 'ada' }, { position: 1 }]) {
    expect(isSigned({ ...signing, ...over }, 'I think.', signature)).toBe(false);
  }
});

test('whatever was not signed here is refused', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (text, signature) => !isSigned(signing, text, signature)));
  fc.assert(fc.property(fc.base64String(), (data) => !isRedactedData(signing, data)));
});

test('hidden thinking differs from call to call, and each is known again', () => {
  const [one, other] = ['00ff', 'ff00'].map((nonce) => redactedData(signing, nonce));
  expect(one).not.toBe(other);
  expect([isRedactedData(signing, one!), isRedactedData(signing, other!)]).toEqual([true, true]);
  expect(isRedactedData({ ...signing, position: 1 }, one!)).toBe(false);
});
