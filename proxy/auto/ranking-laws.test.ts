import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Candidate, Requirements } from './candidate.ts';
import { failedFilter, HARD_FILTERS } from './filters.ts';
import { COMPLEXITIES, TIERS } from './levels.ts';
import { rank, type RankingQuestion } from './ranking.ts';
import { priceOf } from './seven-models.fixture.ts';

const PROVIDERS = ['openai', 'anthropic', 'gemini', 'deepseek', 'moonshot', 'other'];

/** True `times` times in `times + 1`. */
const mostly = (times: number): fc.Arbitrary<boolean> =>
  fc.constantFrom(...Array.from({ length: times }, () => true), false);

const candidate: fc.Arbitrary<Omit<Candidate, 'model'>> = fc.record(
  {
    provider: fc.constantFrom(...PROVIDERS),
    traits: fc.record({
      quality: fc.integer({ min: 70, max: 100 }),
      contextWindow: fc.constantFrom(4_096, 8_000, 16_000, 32_000, 128_000, 1_000_000),
      maxOutput: fc.constant(undefined),
      tools: mostly(5),
      structured: mostly(5),
      vision: mostly(5),
    }),
    price: fc
      .option(fc.tuple(fc.constantFrom(0, 0.1, 0.2, 1, 3), fc.constantFrom(0, 0.4, 2, 15)), { nil: undefined })
      .map((pair) => (pair === undefined ? undefined : priceOf(...pair))),
    blocked: fc.constantFrom(...Array.from({ length: 10 }, () => undefined), 'model' as const, 'provider' as const),
    credential: fc.constantFrom('own' as const, ...Array.from({ length: 6 }, () => 'system' as const), 'none' as const),
    admitting: mostly(8),
  },
  { requiredKeys: ['provider', 'traits', 'price', 'credential', 'admitting', 'blocked'] },
);

const candidates = fc
  .array(candidate, { maxLength: 16, size: 'max' })
  .map((all) => all.map((one, at): Candidate => ({ ...one, model: `m${at}` })));

const requirements: fc.Arbitrary<Requirements> = fc
  .record({
    tools: fc.boolean(),
    structured: fc.boolean(),
    vision: fc.boolean(),
    promptTokens: fc.constantFrom(0, 10, 1_024, 1_024, 2_048, 3_000, 40_000),
    outputLimit: fc.constantFrom(undefined, undefined, 100, 500, 500, 20_000),
  })
  .map((needs) => ({ ...needs, contextTokens: needs.promptTokens + (needs.outputLimit ?? 0) }));

const question: fc.Arbitrary<RankingQuestion> = fc.record(
  {
    candidates,
    complexity: fc.constantFrom(...COMPLEXITIES),
    tier: fc.record({
      tier: fc.constantFrom(...TIERS),
      decidedBy: fc.constantFrom('text' as const, 'header' as const),
    }),
    requirements,
    outputTokens: fc.constant(500),
    costCap: fc.constantFrom(1_000_000n, 10_000_000n, undefined, undefined),
    plan: fc.constantFrom(
      ...Array.from({ length: 8 }, () => undefined),
      { models: ['m1', 'm2*'], managed: true, ownCredentials: true },
      { models: '*' as const, managed: false, ownCredentials: false },
    ),
    preferredProviders: fc.subarray(PROVIDERS),
    cacheAware: fc.boolean(),
    cachedShare: fc.constantFrom(0, 0.3, 1),
    hint: fc.constantFrom('m0', 'm3', 'none'),
  },
  { requiredKeys: ['candidates', 'complexity', 'tier', 'requirements', 'outputTokens'] },
);

test('hard filters are never relaxed, and every candidate is either ranked or left out with its reason', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const { models, excluded, refusedBy } = rank(asked);
      for (const { candidate } of models) expect(failedFilter(candidate, asked)).toBeUndefined();
      for (const { model, reason } of excluded) {
        const failed = failedFilter(
          asked.candidates.find((one) => one.model === model)!,
          asked,
        );
        expect(failed ?? (reason === 'window' ? 'window' : 'quality')).toBe(reason);
      }
      const names = [...models.map(({ candidate }) => candidate.model), ...excluded.map(({ model }) => model)];
      expect(names.toSorted()).toEqual(asked.candidates.map(({ model }) => model).toSorted());
      expect(refusedBy === undefined).toBe(models.length > 0);
    }),
  );
});

test('the order is total: it does not depend on the order of the candidates', () => {
  const shuffled = question.chain((asked) =>
    fc.tuple(fc.constant(asked), fc.shuffledSubarray([...asked.candidates], { minLength: asked.candidates.length })),
  );
  fc.assert(
    fc.property(shuffled, ([asked, other]) => {
      const [first, second] = [rank(asked), rank({ ...asked, candidates: other })];
      expect(second.models).toEqual(first.models);
      expect(rank(structuredClone(asked))).toEqual(first);
    }),
  );
});

test('a model keeps its place among the others when one of them goes', () => {
  fc.assert(
    fc.property(question, fc.nat(), (asked, nth) => {
      const all = rank(asked);
      fc.pre(all.models.length > 1);
      const gone = all.models[nth % all.models.length]?.candidate;
      const left = rank({ ...asked, candidates: asked.candidates.filter((one) => one !== gone) });
      // The one that went may have been the only one above the floors.
      fc.pre(left.relaxed === all.relaxed);
      const names = left.models.map(({ candidate }) => candidate.model);
      const others = all.models.filter(({ candidate }) => candidate !== gone);
      expect(names).toEqual(others.map(({ candidate }) => candidate.model));
    }),
  );
});

test('the questions of these tests have answers of every kind', () => {
  const rankings = fc.sample(question, { numRuns: 500, seed: 1 }).map(rank);
  expect(rankings.filter(({ models }) => models.length > 2).length).toBeGreaterThan(100);
  expect(rankings.filter(({ relaxed }) => relaxed).length).toBeGreaterThan(20);
  expect(rankings.filter(({ refusedBy }) => refusedBy !== undefined).length).toBeGreaterThan(20);
  const reasons = new Set(rankings.flatMap(({ excluded }) => excluded.map(({ reason }) => reason)));
  expect([...reasons].toSorted()).toEqual([...HARD_FILTERS, 'quality', 'window'].toSorted());
});

test('a higher tier leaves no model that a lower one left out, unless the floors were dropped', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const rankings = TIERS.map((tier) => rank({ ...asked, hint: undefined, tier: { tier, decidedBy: 'header' } }));
      for (const [at, higher] of rankings.entries()) {
        const lower = rankings[at - 1];
        if (lower === undefined || higher.relaxed) continue;
        const names = new Set(lower.models.map(({ candidate }) => candidate.model));
        for (const { candidate } of higher.models) expect(names).toContain(candidate.model);
      }
    }),
  );
});

test('an allow list, a cap or an ability that is asked for adds no model', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const passing = (one: RankingQuestion): string[] =>
        one.candidates.filter((candidate) => failedFilter(candidate, one) === undefined).map(({ model }) => model);
      const base = { ...asked, costCap: undefined, plan: undefined };
      const before = new Set(passing(base));
      const all: RankingQuestion[] = [
        asked,
        { ...base, costCap: 1_000_000n },
        { ...base, requirements: { ...base.requirements, tools: true } },
        { ...base, requirements: { ...base.requirements, contextTokens: base.requirements.contextTokens + 1_000 } },
      ];
      for (const one of all) for (const model of passing(one)) expect(before).toContain(model);
    }),
  );
});
