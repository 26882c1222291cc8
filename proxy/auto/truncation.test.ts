import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { JsonObject } from '../core/json.ts';
import { countCodePoints } from './code-points.ts';
import { rankTruncated } from './fitting.ts';
import { priceOf, questionOf, SEVEN } from './seven-models.fixture.ts';
import type { RequestFamily } from './shapes.ts';
import { truncateRequest } from './truncated-request.ts';
import { textLimit, truncateParts } from './truncation.ts';

test.each([
  [500, 250, 0, 1_000],
  [500, 400, 0, 1_000],
  [500, undefined, 0, 1_000],
  [4_096, undefined, 0, 12_384],
  [4_096, 96, 400, 15_600],
  [500, 250, 600, 400],
  [500, 250, 601, undefined],
  [150, undefined, 0, undefined],
  [0, undefined, 0, undefined],
])(
  'a window of %s with an output limit of %s and %s other code points leaves %s',
  (window, outputLimit, restPoints, limit) => {
    expect(textLimit({ window, outputLimit, restPoints })).toBe(limit);
  },
);

test('1,500 characters for a window of 500: the first 900 and a notice', () => {
  const text = Array.from({ length: 1_500 }, (_, at) => String(at % 10)).join('');
  const [cut = ''] = truncateParts([text], 1_000);
  expect(cut.slice(0, 900)).toBe(text.slice(0, 900));
  expect(cut.slice(900)).toContain('truncated');
  expect(cut.slice(900)).not.toMatch(/^\d/);
  expect(cut.length).toBeLessThanOrEqual(1_000);
});

test('no text has more code points than the limit, and what fits is the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 5 }),
      fc.integer({ min: 400, max: 1_500 }),
      (parts, limit) => {
        const cut = truncateParts(parts, limit);
        const points = (texts: readonly string[]): number =>
          texts.reduce((sum, text) => sum + countCodePoints(text), 0);
        expect(points(cut)).toBeLessThanOrEqual(limit);
        if (points(parts) <= limit) expect(cut).toBe(parts);
        else expect(cut.filter((part) => part.includes('[truncated'))).toHaveLength(1);
      },
    ),
  );
});

const LONG = 'x'.repeat(600);
const IMAGE: JsonObject = { type: 'image_url' };

test.each<[RequestFamily, JsonObject, (text: string) => JsonObject]>([
  [
    'chat',
    {
      messages: [
        { role: 'user', content: LONG },
        { role: 'assistant', content: LONG },
      ],
    },
    (text) => ({
      messages: [
        { role: 'user', content: text },
        { role: 'assistant', content: LONG },
      ],
    }),
  ],
  [
    'chat',
    {
      messages: [{ role: 'user', content: [{ type: 'text', text: LONG }, IMAGE, { type: 'text', text: LONG }] }],
    },
    (text) => ({ messages: [{ role: 'user', content: [{ type: 'text', text }, IMAGE] }] }),
  ],
  ['responses', { input: LONG, store: false }, (text) => ({ input: text, store: false })],
  [
    'responses',
    { input: [{ role: 'user', content: [{ type: 'input_text', text: LONG }] }] },
    (text) => ({ input: [{ role: 'user', content: [{ type: 'input_text', text }] }] }),
  ],
  ['gemini', { contents: { parts: [{ text: LONG }] } }, (text) => ({ contents: { parts: [{ text }] } })],
])('%s: %.60j is cut at its last user text', (family, body, expected) => {
  const before = structuredClone(body);
  expect(truncateRequest(family, body, 500)).toEqual(expected(truncateParts([LONG], 500)[0]!));
  expect(body).toEqual(before);
  expect(truncateRequest(family, body, 5_000)).toBe(body);
});

test('a request that is too long for every model is cut for the largest window of those that can answer', () => {
  const tokens = 300_000;
  const size = { promptPoints: tokens * 4, textPoints: tokens * 4 - 400 };
  const needs = { promptTokens: tokens, contextTokens: tokens, tools: true };
  const without = SEVEN.filter(({ model }) => model !== 'gemini-2.0-flash');
  const { ranking, textLimit: limit } = rankTruncated(questionOf({ candidates: without, needs }), size);
  // The reserve, and the 100 tokens of the rest.
  expect(limit).toBe((200_000 - 1_000 - 100) * 4);
  expect(ranking.models.map(({ candidate }) => candidate.model)).toEqual(['o3-mini', 'o3']);
  expect(rankTruncated(questionOf({ needs }), size)).toMatchObject({
    textLimit: undefined,
    ranking: { refusedBy: undefined },
  });
  const long = rankTruncated(questionOf({ candidates: without, needs }), { ...size, textPoints: 400 });
  expect(long).toMatchObject({ textLimit: undefined, ranking: { refusedBy: 'context' } });
});

test('a cap looks at the request that was cut, and other refusals stay', () => {
  const small = { ...SEVEN[0]!, traits: { ...SEVEN[0]!.traits, contextWindow: 8_000 }, price: priceOf(1, 0) };
  const size = { promptPoints: 400_000, textPoints: 400_000 };
  const question = questionOf({ candidates: [small], needs: { promptTokens: 100_000, contextTokens: 100_000 } });
  expect(rankTruncated({ ...question, costCap: 7_000_000n }, size).textLimit).toBe(28_000);
  expect(rankTruncated({ ...question, costCap: 6_999_999n }, size)).toMatchObject({
    textLimit: undefined,
    ranking: { refusedBy: 'cost' },
  });
  const blocked = { ...question, candidates: [{ ...small, blocked: 'model' as const }] };
  expect(rankTruncated(blocked, size).ranking.refusedBy).toBe('governance');
});

test('an output limit beyond half of the window does not keep the cut request away', () => {
  const small = { ...SEVEN[0]!, traits: { ...SEVEN[0]!.traits, contextWindow: 500 } };
  const question = questionOf({
    candidates: [small],
    needs: { promptTokens: 375, outputLimit: 400, contextTokens: 775 },
  });
  const fitted = rankTruncated(question, { promptPoints: 1_500, textPoints: 1_500 });
  expect(fitted).toMatchObject({ textLimit: 1_000, ranking: { refusedBy: undefined, relaxed: true } });
});
