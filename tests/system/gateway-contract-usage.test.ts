import { expect, test } from 'vitest';
import { generateBed, SERVICE_KEY } from './gateway-generate-bed.ts';

type Row = Readonly<Record<string, unknown>>;

test('the reports of services and of the control plane agree on the same rows', async () => {
  const { bed, generate, totals } = await generateBed({
    gateway: { default_provider: 'openai', default_model: 'gpt-4o-mini' },
    config: { prices: { '*': { request: 0.01 } } },
  });
  const report = async <T = Row>(path: string): Promise<T> => {
    const answer = await fetch(`${bed.url}/api/v1/usage/${path}`, { headers: { 'x-service-key': SERVICE_KEY } });
    expect(answer.status).toBe(200);
    return (await answer.json()) as T;
  };
  const asked = [{}, { user_id: 'u2', service: 'mail' }, { user_id: 'u2', prompt: 'another' }];
  for (const fields of asked) expect((await generate(fields)).status).toBe(200);

  const summary = await report('summary?days=1');
  expect(summary).toMatchObject({
    period_days: 1,
    total_requests: 3,
    total_cost_usd: 0.03,
    total_spent_usd: 0.02,
    total_saved_usd: 0.01,
    cached_requests: 1,
    error_requests: 0,
    cache_hit_rate: 33.3,
  });
  const { totals: all } = (await totals()) as { totals: Row };
  expect([all['requests'], all['cost_usd'], all['saved_by_cache_usd'], all['cached_requests']]).toEqual([
    summary['total_requests'],
    summary['total_spent_usd'],
    summary['total_saved_usd'],
    summary['cached_requests'],
  ]);
  expect(Number(all['input_tokens']) + Number(all['output_tokens'])).toBe(summary['total_tokens']);

  const [provider, ...others] = await report<Row[]>('by-provider');
  expect([provider, others]).toMatchObject([
    { provider_name: 'openai', request_count: 3, total_cost_usd: 0.03, total_tokens: summary['total_tokens'] },
    [],
  ]);
  expect(await report<Row[]>('by-service')).toMatchObject([
    { service_name: 'chat', request_count: 2, total_cost_usd: 0.02 },
    { service_name: 'mail', request_count: 1, total_cost_usd: 0.01 },
  ]);
  expect(await report<Row[]>('by-customer')).toEqual([
    { user_id: 'u2', request_count: 2, total_cost_usd: 0.02 },
    { user_id: 'u1', request_count: 1, total_cost_usd: 0.01 },
  ]);
});
