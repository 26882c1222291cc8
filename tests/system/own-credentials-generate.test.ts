import { expect, test } from 'vitest';
import { generateBed } from './gateway-generate-bed.ts';
import { send } from './http.ts';

const OPENAI = { gateway: { default_provider: 'openai', default_model: 'gpt-4o-mini' } };
const OWN = 'sk-own-key-of-ada-0001';

/** A user whom services call `ada`, with a key of OpenAI. */
async function adasBed(options: Parameters<typeof generateBed>[0] = {}) {
  const made = await generateBed({ ...OPENAI, ...options });
  const { bed, govern } = made;
  const budget = { max_limit: 0, reset_duration: '1d' };
  const { user } = (await govern('/users', { name: 'Ada', external_id: 'ada', budget })) as { user: { id: string } };
  const { virtual_key: key } = (await govern('/virtual-keys', { name: 'ada', user_id: user.id })) as {
    virtual_key: { value: string };
  };
  const body = { provider: 'openai', api_key: OWN };
  const headers = { authorization: `Bearer ${key.value}` };
  const stored = await send(`${bed.url}/api/v1/users/me/llm-credentials`, { body, headers });
  expect(stored.status).toBe(200);
  const keys = async (): Promise<unknown[]> => (await bed.requests()).map((one) => one.headers['authorization']);
  return { ...made, keys };
}

test('a service’s user is served with the user’s own key, which pays; others with the operator’s, in a cache of their own', async () => {
  const { generate, keys } = await adasBed();
  expect(await generate({ user_id: 'bob' })).toMatchObject({ status: 200, json: { cached: false } });
  const own = await generate({ user_id: 'ada' });
  expect(own).toMatchObject({ status: 200, json: { cached: false } });
  expect(own.headers['x-llmproxy-credential']).not.toBe('system');
  expect(await generate({ user_id: 'ada' })).toMatchObject({ json: { cached: true } });
  expect(await generate({ user_id: 'eve' })).toMatchObject({ json: { cached: true } });
  expect(await keys()).toEqual(['Bearer sk-operator-openai', `Bearer ${OWN}`]);
});

test('a user’s key does not go to an address that only a stored provider has', async () => {
  const { bed, generate } = await adasBed();
  const mock = await generateBed({});
  const stored = await send(`${bed.url}/api/v1/providers`, {
    headers: { 'x-service-key': 'service-key-of-a-test' },
    body: { name: 'openai', display_name: 'x', base_url: mock.bed.url, api_key: 'sk-stored', models: ['gpt-4o-mini'] },
  });
  expect(stored.status).toBeLessThan(300);
  expect((await generate({ user_id: 'ada' })).status).toBe(402);
});
