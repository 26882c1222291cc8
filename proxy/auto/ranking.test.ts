import { expect, test } from 'vitest';

import type { Candidate } from './candidate.ts';
import { rank, type RankingQuestion } from './ranking.ts';
import { priceOf, questionOf, SEVEN } from './seven-models.fixture.ts';

const NAMES = SEVEN.map(({ model }) => model);
const [CHAT, GEMINI, MINI, SPECIALE, O3_MINI, O3, GPT_4O] = NAMES;

function modelsOf(question: RankingQuestion): string[] {
  return rank(question).models.map(({ candidate }) => candidate.model);
}

function reasonsOf(question: RankingQuestion): Record<string, string> {
  return Object.fromEntries(rank(question).excluded.map(({ model, reason }) => [model, reason]));
}

function changed(model: string | undefined, change: Partial<Candidate>): Candidate[] {
  return SEVEN.map((one) => (one.model === model ? { ...one, ...change } : one));
}

test('values are those of the catalogue', () => {
  const values = rank(questionOf()).models.map(({ candidate, value }) => [candidate.model, value?.toFixed(2)]);
  expect(values).toEqual([
    [CHAT, '30476.19'],
    [GEMINI, '29584.00'],
    [MINI, '19266.67'],
    [SPECIALE, '7128.00'],
    [O3_MINI, '3213.09'],
    [O3, '1960.20'],
    [GPT_4O, '1296.00'],
  ]);
});

const vision = { vision: true };
const tools = { tools: true };
const structured = { structured: true };

test.each<[string, Parameters<typeof questionOf>[0], readonly (string | undefined)[], boolean?]>([
  ['simple', {}, NAMES],
  ['moderate', { complexity: 'moderate' }, NAMES],
  ['complex', { complexity: 'complex' }, [SPECIALE, O3_MINI, O3, GPT_4O]],
  ['advanced', { complexity: 'advanced' }, [SPECIALE, O3_MINI, O3]],
  ['simple with tools', { needs: tools }, [CHAT, GEMINI, MINI, O3_MINI, O3, GPT_4O]],
  ['simple, structured', { needs: structured }, [CHAT, GEMINI, MINI, O3_MINI, O3, GPT_4O]],
  ['complex with tools', { complexity: 'complex', needs: tools }, [O3_MINI, O3, GPT_4O]],
  ['complex, structured', { complexity: 'complex', needs: structured }, [O3_MINI, O3, GPT_4O]],
  ['advanced with tools', { complexity: 'advanced', needs: tools }, [O3_MINI, O3]],
  ['simple with vision', { needs: vision }, [GEMINI, MINI, GPT_4O]],
  ['complex with vision', { complexity: 'complex', needs: vision }, [GPT_4O]],
  ['advanced with vision', { complexity: 'advanced', needs: vision }, [GPT_4O, GEMINI, MINI], true],
  ['100,000 tokens of context', { needs: { contextTokens: 100_000, promptTokens: 100_000 } }, NAMES.slice(1)],
  ['500,000 tokens of context', { needs: { contextTokens: 500_000, promptTokens: 500_000 } }, [GEMINI]],
  ['2,000,000 tokens of context', { needs: { contextTokens: 2_000_000 } }, []],
  ['tier standard', { tier: { tier: 'standard', decidedBy: 'header' } }, NAMES],
  ['tier versatile', { tier: { tier: 'versatile', decidedBy: 'header' } }, [GEMINI, SPECIALE, O3_MINI, O3, GPT_4O]],
  ['tier heavy', { tier: { tier: 'heavy', decidedBy: 'preference' } }, [SPECIALE, O3_MINI, O3, GPT_4O]],
  ['tier complex', { tier: { tier: 'complex', decidedBy: 'limit' } }, [SPECIALE, O3_MINI, O3]],
])('%s', (_name, given, models, relaxed = false) => {
  const question = questionOf(given);
  expect(modelsOf(question)).toEqual(models);
  expect(rank(question).relaxed).toBe(relaxed);
  expect(modelsOf({ ...question, candidates: question.candidates.toReversed() })).toEqual(models);
});

test('a tier that the text decided leaves the floors of the complexity in force', () => {
  expect(rank(questionOf({ complexity: 'advanced', tier: { tier: 'versatile', decidedBy: 'text' } })).floors).toEqual({
    quality: 94,
    window: 32_000,
  });
  expect(rank(questionOf({ complexity: 'advanced', tier: { tier: 'versatile', decidedBy: 'header' } })).floors).toEqual(
    {
      quality: 86,
      window: 32_000,
    },
  );
});

test('a model that is left out has the first filter that it fails as its reason', () => {
  expect(reasonsOf(questionOf({ complexity: 'complex', needs: { ...vision, contextTokens: 100_000 } }))).toEqual({
    [CHAT!]: 'vision',
    [GEMINI!]: 'quality',
    [MINI!]: 'quality',
    [SPECIALE!]: 'vision',
    [O3_MINI!]: 'vision',
    [O3!]: 'vision',
  });
  expect(reasonsOf(questionOf({ needs: { ...tools, contextTokens: 128_001 } }))).toEqual({
    [CHAT!]: 'context',
    [MINI!]: 'context',
    [SPECIALE!]: 'tools',
    [GPT_4O!]: 'context',
  });
  const small = changed(O3, { traits: { ...SEVEN[5]!.traits, contextWindow: 20_000 } });
  expect(reasonsOf(questionOf({ complexity: 'advanced', candidates: small }))[O3!]).toBe('window');
});

test.each<[string, Partial<Candidate>, Partial<RankingQuestion>]>([
  ['governance', { blocked: 'model', credential: 'none' }, {}],
  [
    'plan',
    { admitting: false },
    { plan: { models: [CHAT!, 'gpt-*', 'o3*', 'deepseek-v3*'], managed: true, ownCredentials: true } },
  ],
  ['no_credential', { credential: 'none', admitting: false }, {}],
  ['no_endpoint', { admitting: false, price: undefined }, { costCap: 1n }],
  ['cost', { price: undefined }, { costCap: 10_000_000_000n }],
])('%s leaves a model out whatever else is wrong with it later', (reason, change, given) => {
  const question = { ...questionOf({ candidates: changed(GEMINI, change) }), ...given };
  expect(reasonsOf(question)[GEMINI!]).toBe(reason);
  expect(modelsOf(question)).not.toContain(GEMINI);
});

test('the filter that removes the last candidate is named', () => {
  expect(rank(questionOf({ candidates: [] })).refusedBy).toBe('no_candidate');
  expect(rank(questionOf({ needs: { contextTokens: 2_000_000 } })).refusedBy).toBe('context');
  // One model is left by the lists, and it has no vision.
  const blocked = SEVEN.map((one) => (one.model === O3 ? one : { ...one, blocked: 'model' as const }));
  expect(rank(questionOf({ candidates: blocked, needs: vision })).refusedBy).toBe('vision');
  expect(rank(questionOf({ candidates: blocked.filter(({ model }) => model !== O3), needs: vision })).refusedBy).toBe(
    'governance',
  );
  expect(rank(questionOf({ costCap: 0n })).refusedBy).toBe('cost');
  expect(rank(questionOf()).refusedBy).toBeUndefined();
});

test('the cap counts the prompt and the output limit, and concerns no own credential', () => {
  // gpt-4o-mini: 1,000 in and 500 out are 0.00045 dollars.
  const needs = { promptTokens: 1_000 };
  expect(modelsOf(questionOf({ needs, costCap: 450_000n }))).toEqual([CHAT, GEMINI, MINI]);
  expect(modelsOf(questionOf({ needs, costCap: 449_999n }))).toEqual([CHAT, GEMINI]);
  expect(modelsOf(questionOf({ needs: { ...needs, outputLimit: 1_000 }, costCap: 450_000n }))).toEqual([CHAT]);
  const own = changed(O3, { credential: 'own', price: undefined });
  expect(modelsOf(questionOf({ needs, costCap: 280_000n, candidates: own }))).toEqual([CHAT, O3]);
});

test('models without a price follow all others by the place of their provider', () => {
  const unpriced = (provider: string, quality: number, model = `${provider}-${quality}`): Candidate => ({
    ...SEVEN[0]!,
    model,
    provider,
    traits: { ...SEVEN[0]!.traits, quality },
    price: undefined,
  });
  const others = [
    unpriced('elsewhere', 99),
    unpriced('anthropic', 95),
    unpriced('openai', 94),
    unpriced('openai', 96),
    unpriced('deepseek', 90),
    unpriced('gemini', 90, 'b'),
    unpriced('gemini', 90, 'a'),
    unpriced('moonshot', 99),
  ];
  const simple = ['deepseek-90', 'moonshot-99', 'a', 'b', 'openai-96', 'openai-94', 'anthropic-95', 'elsewhere-99'];
  expect(modelsOf(questionOf({ candidates: [...others, ...SEVEN] }))).toEqual([...NAMES, ...simple]);
  expect(rank(questionOf({ candidates: [...others, SEVEN[6]!] })).source).toBe('value');
  expect(rank(questionOf({ candidates: others })).source).toBe('fallback_order');
  expect(modelsOf(questionOf({ candidates: others, fallbackOrder: { simple: ['anthropic'] } })).slice(0, 2)).toEqual([
    'anthropic-95',
    'elsewhere-99',
  ]);
  const complex = modelsOf(questionOf({ candidates: others, complexity: 'complex' }));
  expect(complex).toEqual([
    'a',
    'b',
    'deepseek-90',
    'anthropic-95',
    'openai-96',
    'openai-94',
    'moonshot-99',
    'elsewhere-99',
  ]);
});

test('models of preferred providers stand before all others, each group by value', () => {
  expect(modelsOf(questionOf({ preferredProviders: ['openai'] }))).toEqual([
    MINI,
    O3_MINI,
    O3,
    GPT_4O,
    CHAT,
    GEMINI,
    SPECIALE,
  ]);
  expect(modelsOf(questionOf({ preferredProviders: ['openai'], complexity: 'advanced', needs: vision }))).toEqual([
    GPT_4O,
    MINI,
    GEMINI,
  ]);
});

test('a hint comes first where the hard filters let it, whatever its quality', () => {
  expect(modelsOf(questionOf({ hint: GPT_4O }))).toEqual([GPT_4O, ...NAMES.slice(0, 6)]);
  const below = rank(questionOf({ complexity: 'advanced', hint: CHAT }));
  expect(below.models.map(({ candidate }) => candidate.model)).toEqual([CHAT, SPECIALE, O3_MINI, O3]);
  expect(below.excluded.map(({ model }) => model)).not.toContain(CHAT);
  expect(modelsOf(questionOf({ hint: O3, needs: vision }))).toEqual([GEMINI, MINI, GPT_4O]);
  expect(modelsOf(questionOf({ hint: 'nothing' }))).toEqual(NAMES);
});

test('equal values are ordered by quality, then by name, and a free model is worth more than any', () => {
  const base = SEVEN[0]!;
  const twins = [
    // 80² / 0.64 = 100² / 1.
    { ...base, model: 'c', traits: { ...base.traits, quality: 80 }, price: priceOf(0.64, 0.64) },
    { ...base, model: 'b', traits: { ...base.traits, quality: 100 }, price: priceOf(1, 1) },
    { ...base, model: 'a', traits: { ...base.traits, quality: 100 }, price: priceOf(0.1 + 0.2, 1.7) },
    { ...base, model: 'free', traits: { ...base.traits, quality: 10 }, price: priceOf(0, 0) },
    { ...base, model: 'free too', traits: { ...base.traits, quality: 20 }, price: priceOf(0, 0) },
  ];
  expect(modelsOf(questionOf({ candidates: twins }))).toEqual(['free too', 'free', 'a', 'b', 'c']);
});
