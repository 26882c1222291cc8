import { expect, test } from 'vitest';
import { translatedHeaders } from './rate-headers.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');
const own = { callersCredential: true, now: NOW };
const OPENAI = [
  ['x-ratelimit-limit-requests', '5000'],
  ['x-ratelimit-remaining-requests', '4999'],
  ['x-ratelimit-reset-requests', '12ms'],
  ['x-ratelimit-limit-tokens', '800000'],
  ['x-ratelimit-remaining-tokens', '799000'],
  ['x-ratelimit-reset-tokens', '6m0s'],
] as const;
const ANTHROPIC = [
  ['anthropic-ratelimit-requests-limit', '50'],
  ['anthropic-ratelimit-requests-remaining', '49'],
  ['anthropic-ratelimit-requests-reset', '2026-11-27T12:00:01Z'],
  ['anthropic-ratelimit-tokens-limit', '40000'],
  ['anthropic-ratelimit-tokens-remaining', '0'],
  ['anthropic-ratelimit-tokens-reset', '2026-11-27T13:02:03Z'],
] as const;
const PLAIN = [
  ['content-type', 'application/json'],
  ['retry-after', '3'],
] as const;

test('limits of the caller’s own key are told in the words of its family', () => {
  expect(translatedHeaders([...PLAIN, ...ANTHROPIC], { from: 'messages', to: 'chat' }, own)).toEqual([
    ...PLAIN,
    ['x-ratelimit-limit-requests', '50'],
    ['x-ratelimit-remaining-requests', '49'],
    ['x-ratelimit-reset-requests', '1s'],
    ['x-ratelimit-limit-tokens', '40000'],
    ['x-ratelimit-remaining-tokens', '0'],
    ['x-ratelimit-reset-tokens', '1h2m3s'],
  ]);
  expect(translatedHeaders([...PLAIN, ...OPENAI], { from: 'responses', to: 'messages' }, own)).toEqual([
    ...PLAIN,
    ['anthropic-ratelimit-requests-limit', '5000'],
    ['anthropic-ratelimit-requests-remaining', '4999'],
    ['anthropic-ratelimit-requests-reset', '2026-11-27T12:00:00Z'],
    ['anthropic-ratelimit-tokens-limit', '800000'],
    ['anthropic-ratelimit-tokens-remaining', '799000'],
    ['anthropic-ratelimit-tokens-reset', '2026-11-27T12:06:00Z'],
  ]);
});

test.each([
  ['12:00:00.020Z', '20ms'],
  ['12:00:01.500Z', '1.5s'],
  ['12:01:01Z', '1m1s'],
  ['13:00:00Z', '1h0m0s'],
  ['11:59:00Z', '0ms'],
])('a limit that begins anew at %s does so in %s', (at, written) => {
  const headers = [['anthropic-ratelimit-tokens-reset', `2026-11-27T${at}`]] as const;
  expect(translatedHeaders(headers, { from: 'messages', to: 'chat' }, own)).toEqual([
    ['x-ratelimit-reset-tokens', written],
  ]);
});

test('between the two APIs of OpenAI headers stay as they are', () => {
  const families = { from: 'chat', to: 'responses' } as const;
  expect(translatedHeaders([...PLAIN, ...OPENAI], families, { ...own, callersCredential: false })).toEqual([
    ...PLAIN,
    ...OPENAI,
  ]);
});

test.each([
  ['Gemini has no words for limits', { from: 'chat', to: 'gemini' }, own],
  [
    'those of the operator’s key concern the operator alone',
    { from: 'messages', to: 'chat' },
    { ...own, callersCredential: false },
  ],
] as const)('%s', (_why, families, whose) => {
  const more = [
    ['openai-organization', 'org-1'],
    ['anthropic-organization-id', 'org-2'],
  ] as const;
  expect(translatedHeaders([...PLAIN, ...OPENAI, ...ANTHROPIC, ...more], families, whose)).toEqual(PLAIN);
});
