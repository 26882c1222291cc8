import { expect, test } from 'vitest';
import { endpoint } from '../admin.fixture.ts';
import { modelsView, type ModelPart } from './models-view.ts';

function part(requests: Record<string, number>, recent: number, wanted: number | null, recentSeconds = 60): ModelPart {
  return {
    name: 'm',
    strategy: 'weighted',
    recentSeconds,
    endpoints: Object.entries(requests).map(([id, count]) => ({
      part: {
        stats: { ...endpoint(id, 'admitting'), requests: count },
        successes: count,
        latency: [],
        ttft: [],
      },
      wanted,
      recent,
    })),
  };
}

test('processes are shown as one: attempts add up, shares are of them all', () => {
  const [model] = modelsView([[part({ a: 6, b: 2 }, 2, 0.5)], [part({ a: 2 }, 4, 1, 90)]]);
  expect(model).toMatchObject({ name: 'm', strategy: 'weighted', recent_seconds: 90 });
  expect(model?.endpoints).toMatchObject([
    { id: 'a', requests: 8, total_share: 0.8, recent_requests: 6, recent_share: 0.75, wanted_share: 0.75 },
    { id: 'b', requests: 2, total_share: 0.2, recent_requests: 2, recent_share: 0.25, wanted_share: 0.5 },
  ]);
});

test('without requests there is no share, and without a share that is wanted none either', () => {
  const [model] = modelsView([[part({ a: 0 }, 0, null)]]);
  expect(model?.endpoints).toMatchObject([{ total_share: null, recent_share: null, wanted_share: null }]);
});
