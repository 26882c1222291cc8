import fc from 'fast-check';
import { expect, test } from 'vitest';

import { escalationText, nextModel, type AskedModel, type NextQuestion } from './escalation.ts';
import { TIERS } from './levels.ts';
import { rank } from './ranking.ts';
import { questionOf } from './seven-models.fixture.ts';

const HELLO = rank(questionOf({ needs: { structured: true } })).models;

/** Every model that is asked while each ends as `endings` says, the last of them for ever. */
function asks(given: Partial<NextQuestion>, endings: readonly AskedModel['ended'][]): AskedModel[] {
  const asked: AskedModel[] = [];
  for (let at = 0; at < 50; at += 1) {
    const next = nextModel({ models: HELLO, tier: 'micro', escalates: true, attempts: 3, ...given, asked });
    if (next === undefined) return asked;
    asked.push({ model: next.model.candidate.model, tier: next.tier, ended: endings[at] ?? endings.at(-1)! });
  }
  throw new Error('the models never end');
}

const inShort = (asked: readonly AskedModel[]): string[] => asked.map(({ model, tier }) => `${model} ${tier}`);

test('a schema that no answer fits: the same model twice, then two tiers up', () => {
  const asked = asks({}, ['invalid']);
  expect(inShort(asked)).toEqual([
    'deepseek-chat micro',
    'deepseek-chat micro',
    'gemini-2.0-flash standard',
    'o3-mini versatile',
  ]);
  expect(escalationText(asked)).toBe('micro>standard>versatile (invalid_output)');
});

test('without escalation, at the highest tier and at the limit the same model is all', () => {
  expect(inShort(asks({ escalates: false }, ['invalid']))).toEqual(['deepseek-chat micro', 'deepseek-chat micro']);
  expect(inShort(asks({ tier: 'complex' }, ['invalid']))).toEqual(['deepseek-chat complex', 'deepseek-chat complex']);
  expect(inShort(asks({ maxTier: 'standard' }, ['invalid']))).toHaveLength(3);
  expect(escalationText(asks({ escalates: false }, ['invalid']))).toBeUndefined();
});

test('a failure leads to the next model of the ranking, as many as may be asked', () => {
  expect(inShort(asks({}, ['failed']))).toEqual(['deepseek-chat micro', 'gemini-2.0-flash micro', 'gpt-4o-mini micro']);
  expect(inShort(asks({ attempts: 1 }, ['failed']))).toEqual(['deepseek-chat micro']);
  expect(asks({ models: [] }, ['failed'])).toEqual([]);
});

test('failures and invalid answers each count for themselves', () => {
  expect(inShort(asks({}, ['failed', 'invalid']))).toEqual([
    'deepseek-chat micro',
    'gemini-2.0-flash micro',
    'gemini-2.0-flash micro',
    'gpt-4o-mini standard',
    'o3-mini versatile',
  ]);
  expect(inShort(asks({}, ['invalid', 'invalid', 'failed', 'invalid']))).toEqual([
    'deepseek-chat micro',
    'deepseek-chat micro',
    'gemini-2.0-flash standard',
    'gpt-4o-mini standard',
    'o3-mini versatile',
  ]);
});

test('tiers only go up, two steps at most, and no model but the first is asked again', () => {
  const endings = fc.array(fc.constantFrom('invalid' as const, 'failed' as const), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(endings, fc.constantFrom(...TIERS), fc.integer({ min: 1, max: 5 }), (all, tier, attempts) => {
      const asked = asks({ tier, attempts }, all);
      const places = asked.map((one) => TIERS.indexOf(one.tier));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(new Set(places).size).toBeLessThanOrEqual(3);
      expect(asked.length).toBeLessThanOrEqual(new Set(asked.map(({ model }) => model)).size + 1);
      expect(new Set(asked.map(({ model }) => model)).size).toBeLessThanOrEqual(attempts + 2);
    }),
  );
});
