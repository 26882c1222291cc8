import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { chat, nonce } from './ask.ts';
import { type Bed, MODEL, startBed } from './bed.ts';

const REFUSED = 'rate_limited';

async function outcomes(bed: Bed, name: string, outcome: string): Promise<number> {
  const text = await (await fetch(`${bed.url}/metrics`)).text();
  const start = `llmproxy_attempts_total{endpoint="${MODEL}/${name}",outcome="${outcome}"} `;
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(start))
      ?.slice(start.length) ?? 0,
  );
}

/** A proxy in front of a mock with few requests a minute and of one with many; answers come at their own pace. */
async function bedOf(shares: boolean, run: (bed: Bed) => Promise<void>): Promise<void> {
  await using bed = await startBed({ mocks: 2, model: { routing: { rate_limit_shares: shares } } });
  await bed.mocks[0]!.limit({ rpm: 12 });
  await bed.mocks[1]!.limit({ rpm: 6_000 });
  await run(bed);
}

const ask = async (bed: Bed): Promise<unknown> => bed.client().chat.completions.create(chat(nonce()));

test('an endpoint whose limit is nearly used up is left out before it answers 429', async () => {
  await bedOf(false, async (bed) => {
    for (let index = 0; index < 60; index += 1) await ask(bed);
    expect(await outcomes(bed, 'a', REFUSED)).toBeGreaterThan(0);
  });
  await bedOf(true, async (bed) => {
    for (let index = 0; index < 60; index += 1) await ask(bed);
    expect(await outcomes(bed, 'a', REFUSED)).toBe(0);
    const atA = await outcomes(bed, 'a', 'ok');
    expect(atA).toBeGreaterThan(3);
    expect(atA).toBeLessThanOrEqual(13);
    const [a] = (await bed.stats()).endpoints;
    expect(a?.['rate_limits']).toMatchObject({ requests: { limit: 12 } });
  });
});

test('requests that are under way count before their answers come', async () => {
  await bedOf(true, async (bed) => {
    for (let index = 0; index < 4; index += 1) await ask(bed);
    for (const mock of bed.mocks) await mock.fault({ fault: { kind: 'delay', ms: 300 } });
    await Promise.all(Array.from({ length: 60 }, async () => ask(bed)));
    expect(await outcomes(bed, 'a', REFUSED)).toBe(0);
    expect(await outcomes(bed, 'b', 'ok')).toBeGreaterThan(40);
  });
});

test('endpoints with one key share what is left, and the limits that clients see stay those of the answer', async () => {
  await using other = await startMock({ limits: { rpm: 6_000 } });
  await using bed = await startBed({
    mock: { limits: { rpm: 3 } },
    model: { routing: { rate_limit_shares: true } },
    moreModels: ([mock]) => ({
      twin: {
        routing: { rate_limit_shares: true },
        endpoints: [
          { provider: 'openai', name: 'same', base_url: mock!.baseURL, api_key: 'sk-endpoint-a', model: MODEL },
          { provider: 'openai', name: 'other', base_url: other.baseURL, api_key: 'sk-other', model: MODEL },
        ],
      },
    }),
  });
  for (let index = 0; index < 3; index += 1) {
    const { response } = await bed.client().chat.completions.create(chat(nonce())).withResponse();
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('3');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe(String(2 - index));
  }
  for (let index = 0; index < 6; index += 1) {
    const { response } = await bed
      .client()
      .chat.completions.create({ ...chat(nonce()), model: 'twin' })
      .withResponse();
    expect(response.headers.get('x-llmproxy-endpoint')).toBe('twin/other');
  }
});
