import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { endpoint } from '../routing/routing.fixture.ts';
import type { UpstreamHandler } from '../upstream/types.ts';
import { type UpstreamListing, UpstreamModels } from './upstream-models.ts';

interface Bench {
  readonly clock: ManualClock;
  readonly calls: UpstreamHandler[];
  readonly failures: string[];
  readonly list: () => Promise<UpstreamListing>;
}

/** `answer` plays the endpoint in a later turn; without it the endpoint never answers. */
function bench(answer?: (handler: UpstreamHandler, call: number) => void): Bench {
  const clock = new ManualClock();
  const calls: UpstreamHandler[] = [];
  const failures: string[] = [];
  const models = new UpstreamModels({
    clock,
    timeoutMs: 20,
    onFailure: (id, reason) => failures.push(`${id}: ${reason}`),
    upstream: {
      send: (_request, handler) => {
        const number = calls.push(handler);
        if (answer) setImmediate(() => answer(handler, number));
        const abort = (): void => handler.onFailure({ kind: 'client_left', reason: 'closed here' });
        return { pause: () => undefined, resume: () => undefined, abort };
      },
    },
  });
  return { clock, calls, failures, list: () => models.list([endpoint('a')], {}) };
}

function listing(...ids: string[]): (handler: UpstreamHandler) => void {
  return (handler) => {
    handler.onHead(200, {});
    handler.onData(Buffer.from(JSON.stringify({ data: ids.map((id) => ({ id })) })));
    handler.onEnd();
  };
}

test('an endpoint that never answers is waited for as long as it has, and asked again after 15 seconds', async () => {
  const { clock, calls, failures, list } = bench();
  expect(await list()).toEqual({ models: [], incomplete: ['a'] });
  expect(failures).toEqual(['a: no list of models within 20 ms']);
  clock.advance(14_999);
  await list();
  expect(calls).toHaveLength(1);
  clock.advance(1);
  await list();
  expect(calls).toHaveLength(2);
});

test('a list is kept for 5 minutes; when it cannot be renewed the old one is served, and said to be incomplete', async () => {
  const { clock, calls, list } = bench((handler, call) => {
    if (call === 1) listing('x')(handler);
    else handler.onHead(503, {});
  });
  expect(await list()).toEqual({ models: [{ id: 'x' }], incomplete: [] });
  clock.advance(299_999);
  expect((await list()).incomplete).toEqual([]);
  expect(calls).toHaveLength(1);
  clock.advance(1);
  expect(await list()).toEqual({ models: [{ id: 'x' }], incomplete: ['a'] });
});

test('of a list that is too long 5,000 models are taken, and no name longer than 256 characters', async () => {
  const { list } = bench(listing('y'.repeat(257), ...Array.from({ length: 6_000 }, (_, index) => `m${index}`)));
  const { models } = await list();
  expect(models).toHaveLength(4_999);
  expect(models[0]?.id).toBe('m0');
});
