import { describe, expect, test } from 'vitest';
import { post, withRealSockets } from '../tests/setup/mock-bed.ts';
import { startFleet, startMock } from './index.ts';

withRealSockets();

const hello = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };

describe('servers', () => {
  test('of a fleet share the limits of their organization', async () => {
    await using fleet = await startFleet(3, { limits: { rpm: 4 } });
    const statuses: number[] = [];
    for (const index of [0, 1, 2, 0, 1]) {
      const { status } = await post(`${fleet.mocks[index]!.baseURL}/chat/completions`, hello);
      statuses.push(status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
  });

  test('in a process of their own take limits and strictness along', async () => {
    const keys = { 'sk-b': { rpm: 1, models: { 'gpt-5': { tpm: 5 } } } };
    await using mock = await startMock({
      process: 'child',
      limits: { rpm: 7, quota: { usd: 2 }, keys },
      strictness: { default: 'spec', keys: { 'sk-b': 'openai' } },
      organization: 'org-child',
    });
    expect((await mock.limits()).settings).toEqual({ rpm: 7, quota: { usd: 2 }, keys });
    const refused = await post(`${mock.baseURL}/chat/completions`, { ...hello, stop: [] });
    expect([refused.status, refused.headers.get('openai-organization')]).toEqual([400, 'org-child']);
  });
});

describe('the control API', () => {
  test('sets limits, tells what is left, takes them off, and a reset brings the first ones back', async () => {
    await using mock = await startMock({ limits: { rpm: 9, quota: { tokens: 1000 } } });
    expect(await mock.limits()).toMatchObject({ settings: { rpm: 9 }, buckets: [], quotas: [{ key: null }] });
    await mock.limit({ tpm: 500 });
    await post(`${mock.baseURL}/chat/completions`, hello);
    const { buckets } = await mock.limits();
    expect(buckets).toMatchObject([{ key: null, model: 'gpt-4o-mini-2024-07-18', limits: { tpm: { limit: 500 } } }]);
    await mock.limit(null);
    expect((await mock.limits()).settings).toBeNull();
    await mock.reset();
    expect((await mock.limits()).settings).toMatchObject({ rpm: 9 });
  });

  test('sets strictness, until a reset', async () => {
    await using mock = await startMock();
    const bad = { ...hello, stop: [] };
    const status = async (): Promise<number> => (await post(`${mock.baseURL}/chat/completions`, bad)).status;
    expect(await status()).toBe(200);
    await mock.strictness('spec');
    expect(await status()).toBe(400);
    await mock.reset();
    expect(await status()).toBe(200);
  });

  test.each([
    [{ rpm: -1 }, 'limits.rpm: expected a number of at least 0, found -1'],
    [{ rpms: 1 }, /^PUT \/__mock\/limits was refused: limits\.rpms: expected one of the fields rpm, /],
    [{ quota: { eur: 1 } }, /limits\.quota\.eur: expected one of the fields tokens, usd/],
    [{ keys: { 'sk-a': { keys: {} } } }, /limits\.keys\.sk-a\.keys: expected one of the fields/],
  ])('refuses the limits %j with the field, what was expected and what came', async (limits, message) => {
    await using mock = await startMock();
    await expect(mock.limit(limits as never)).rejects.toThrow(message);
  });

  test('refuses a strictness it does not know', async () => {
    await using mock = await startMock();
    await expect(mock.strictness('hard' as never)).rejects.toThrow(
      'strictness: expected one of off, spec, openai, found "hard"',
    );
  });
});

test('a virtual clock moves through the windows without waiting', async () => {
  await using mock = await startMock({ limits: { rpd: 1 }, clock: 'virtual' });
  const status = async (): Promise<number> => (await post(`${mock.baseURL}/chat/completions`, hello)).status;
  expect([await status(), await status()]).toEqual([200, 429]);
  await mock.clock.advance(86_400_000);
  expect(await status()).toBe(200);
});
