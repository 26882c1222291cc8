import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { AGE_LIMITS_MS, entryAges } from './entry-ages.ts';
import { MemoryStore } from './memory-store.ts';
import { PurgeEpochs } from './purge-epochs.ts';
import { modelTag } from './key.ts';
import { makeRecording } from './recordings.fixture.ts';

const HOUR_MS = 3_600_000;

function keyFor(model: string): string {
  return `${modelTag(model)}.${'a'.repeat(64)}`;
}

test('entries are counted by their age, those that are purged are not', async () => {
  const clock = new ManualClock(1_750_000_000_000);
  const store = new MemoryStore({ maxBytes: 1_000_000, staleMs: 0, clock, purges: new PurgeEpochs() });
  const now = clock.now();
  const agesMs = [0, 59_999, 60_000, HOUR_MS, 40 * 24 * HOUR_MS];
  for (const [index, age] of agesMs.entries()) {
    const key = keyFor(`m${index}`);
    store.keep(key, makeRecording({ storedAt: now - age, expiresAt: now + HOUR_MS }), store.mark(key));
  }
  expect(await store.ages()).toEqual({ counts: [2, 1, 0, 1, 0, 0, 0, 1], looked: 5 });
  store.drop(keyFor('m0')).release();
  expect(await store.ages()).toEqual({ counts: [1, 1, 0, 1, 0, 0, 0, 1], looked: 4 });
  store.drop('').release();
  expect(await store.ages()).toMatchObject({ looked: 0 });
});

test('many entries are looked at in turns of the event loop, of very many a sample', async () => {
  const clock = new ManualClock();
  let looks = 0;
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    if (looks < 131_072) setImmediate(turn);
  };
  setImmediate(turn);
  const end = 1_000_000;
  const { looked, counts } = await entryAges(
    {
      end,
      storedAt: (entry) => {
        looks += 1;
        return entry < end / 2 ? clock.now() : clock.now() - HOUR_MS;
      },
    },
    clock,
  );
  expect(looked).toBe(looks);
  expect(looked).toBeLessThanOrEqual(131_072);
  expect((counts[0] ?? 0) / looked).toBeCloseTo(0.5, 2);
  expect(counts).toHaveLength(AGE_LIMITS_MS.length + 1);
  expect(turns).toBeGreaterThan(20);
});
