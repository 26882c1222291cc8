import { expect, test } from 'vitest';
import type { Seal } from './conversation.ts';
import { isPacked, packSeal, unpackSeal } from './seal.ts';

const SEALS: Seal[] = [
  { family: 'messages', value: 'EqQB+/=' },
  { family: 'responses', model: 'gpt-5', value: 'gAAA', id: 'rs_1' },
  { family: 'gemini', model: 'Grüße "x"', value: '' },
];

test.each(SEALS)('a seal of $family comes back as it was', (seal) => {
  expect(unpackSeal(packSeal(seal))).toEqual({ seal });
  expect(unpackSeal(packSeal(seal, { redacted: true }))).toEqual({ seal, redacted: true });
  expect(unpackSeal(packSeal(seal, { next: true }))).toEqual({ seal, next: true });
});

test.each(SEALS)('what is packed is base64, as the clients of $family may demand', (seal) => {
  const packed = packSeal(seal);
  expect(Buffer.from(packed, 'base64').toString('base64')).toBe(packed);
  expect(isPacked(packed)).toBe(true);
});

test.each([
  ['nothing', ''],
  ['another maker’s', 'EqQBCkYIBxgCKkDx'],
  ['no JSON', packSeal(SEALS[0]!).slice(0, 30)],
  ['another version', Buffer.from('{"llmproxy":2,"f":"chat","v":""}').toString('base64')],
  ['an unknown family', Buffer.from('{"llmproxy":1,"f":"cohere","v":""}').toString('base64')],
  ['no value', Buffer.from('{"llmproxy":1,"f":"chat"}').toString('base64')],
])('%s is not unpacked', (_, text) => {
  expect(unpackSeal(text)).toBeUndefined();
});
