import { expect, test } from 'vitest';

import type { Candidate, Requirements } from './candidate.ts';
import { classify } from './complexity.ts';
import { explanationOf } from './explanation.ts';
import { rank, type RankingQuestion } from './ranking.ts';
import { refusalOf } from './refusal.ts';
import { NO_NEEDS, questionOf, SEVEN } from './seven-models.fixture.ts';
import type { RequestFamily } from './shapes.ts';

const all = (change: Partial<Candidate>): Partial<RankingQuestion> => ({
  candidates: SEVEN.map((one) => ({ ...one, ...change })),
});
const needs = (given: Partial<Requirements>): Partial<RankingQuestion> => ({ requirements: { ...NO_NEEDS, ...given } });
const blind = { ...SEVEN[0]!, traits: { ...SEVEN[0]!.traits, tools: false, structured: false, vision: false } };

test.each<[string, RequestFamily, Partial<RankingQuestion>, RegExp, string?]>([
  ['model_blocked', 'chat', all({ blocked: 'model' }), /auto/, 'model'],
  [
    'provider_blocked',
    'chat',
    {
      candidates: [
        { ...blind, blocked: 'provider' },
        { ...blind, blocked: 'model' },
      ],
    },
    /provider/,
    'model',
  ],
  [
    'plan_restriction',
    'chat',
    { plan: { models: [], managed: true, ownCredentials: true } },
    /PLAN RESTRICTION/,
    'model',
  ],
  [
    'plan_restriction',
    'chat',
    { plan: { models: '*', managed: false, ownCredentials: true } },
    /PLAN RESTRICTION/,
    'model',
  ],
  ['unsupported_capability', 'chat', { candidates: [blind], ...needs({ tools: true }) }, /tools/, 'tools'],
  [
    'unsupported_capability',
    'chat',
    { candidates: [blind], ...needs({ structured: true }) },
    /structured/,
    'response_format',
  ],
  ['unsupported_capability', 'chat', { candidates: [blind], ...needs({ vision: true }) }, /vision/, 'messages'],
  ['unsupported_capability', 'responses', { candidates: [blind], ...needs({ vision: true }) }, /vision/, 'input'],
  ['context_length_exceeded', 'chat', needs({ contextTokens: 2_000_000 }), /2000000.*1000000/, 'messages'],
  [
    'context_length_exceeded',
    'chat',
    needs({ contextTokens: 2_000_000, vision: true }),
    /2000000.*1000000/,
    'messages',
  ],
  ['no_llm_provider', 'chat', { candidates: [] }, /No eligible LLM provider/],
  ['no_llm_provider', 'chat', all({ credential: 'none' }), /No eligible LLM provider/],
  ['no_endpoint_available', 'chat', all({ admitting: false }), /endpoint/],
  [
    'request_cost_exceeded',
    'chat',
    { costCap: 100_000n, ...needs({ promptTokens: 1_000 }) },
    /0\.0001 USD.*0\.00028 USD/,
  ],
  ['request_cost_exceeded', 'chat', { costCap: 100_000n, ...all({ price: undefined }) }, /0\.0001 USD/],
])('%s (%s)', (code, family, given, text, param) => {
  const question = { ...questionOf(), ...given };
  const refusal = refusalOf(rank(question), question, family);
  expect(refusal).toMatchObject({ code, ...(param === undefined ? {} : { param }) });
  expect(refusal?.message).toMatch(text);
});

test('a ranking with a model is no refusal', () => {
  expect(refusalOf(rank(questionOf()), questionOf(), 'chat')).toBeUndefined();
});

test('an explanation says what the ranking was made of', () => {
  const question = questionOf({
    candidates: [SEVEN[1]!, { ...blind, model: 'unpriced', price: undefined }],
    needs: { contextTokens: 7 },
  });
  expect(explanationOf(classify('hello'), question, rank(question))).toEqual({
    text_tokens: 1,
    complexity: 'simple',
    score: -2,
    points: [{ reason: 'simple', points: -2 }],
    tier: 'micro',
    effective_tier: 'micro',
    requirements: { tools: false, structured: false, vision: false, context_tokens: 7 },
    floors: { quality: 0, window: 4_000 },
    relaxed: false,
    source: 'value',
    ranking: [
      {
        rank: 1,
        model: 'gemini-2.0-flash',
        provider: 'gemini',
        quality: 86,
        price: { input: 0.1, output: 0.4 },
        effective_price: 0.25,
        value: 29_584,
        context_window: 1_000_000,
        credential: 'system',
      },
      {
        rank: 2,
        model: 'unpriced',
        provider: 'deepseek',
        quality: 80,
        price: null,
        effective_price: null,
        value: null,
        context_window: 32_768,
        credential: 'system',
      },
    ],
    excluded: [],
    selected: { model: 'gemini-2.0-flash', provider: 'gemini' },
  });
});
