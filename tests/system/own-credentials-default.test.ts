import { expect, test } from 'vitest';
import { errorOf } from './http.ts';
import { OWN, ownBed, type OwnBed, type OwnBedOptions } from './own-credentials-bed.ts';

/** With the models `gpt-4o-mini` and `gpt-4o`, each at an endpoint of its own. */
async function bedOf(config: object = {}, more: OwnBedOptions = {}) {
  const made = await ownBed({
    ...more,
    config: { credentials: { unique: 'provider_model' }, ...config },
    moreModels: (mocks) => ({
      'gpt-4o': { endpoints: [{ provider: 'openai', base_url: mocks[0]!.baseURL, api_key: 'sk-of-4o' }] },
      ...more.moreModels?.(mocks),
    }),
  });
  return { ...made, asked: (key: string, credential?: string) => askedBy(made, key, credential) };
}

/** Asks for `default`: the model and the credential that answered, or status and code of the error. */
async function askedBy({ chat }: OwnBed, key: string, credential?: string): Promise<unknown> {
  const headers: Record<string, string> = credential === undefined ? {} : { 'x-llmproxy-credential': credential };
  const answer = await chat(key, `hello ${Math.random()}`, { body: { model: 'default' }, headers });
  if (answer.status !== 200) return [answer.status, errorOf(answer)['code']];
  return [answer.headers['x-llmproxy-model'], answer.headers['x-llmproxy-credential']];
}

test('`default` is the model of the credential, else its provider’s, else the operator’s', async () => {
  const { asked, store, call, callers } = await bedOf({ providers: { openai: { default_model: 'gpt-4o-mini' } } });
  expect(await asked(callers.machine)).toEqual(['gpt-4o-mini', 'system']);
  expect(await asked(callers.ada)).toEqual(['gpt-4o-mini', 'system']);
  const plain = await store(callers.ada, { provider: 'openai', api_key: OWN });
  expect(await asked(callers.ada)).toEqual(['gpt-4o-mini', plain.id]);
  const large = await store(callers.ada, { provider: 'openai', api_key: 'sk-for-4o-0002', model_name: 'gpt-4o' });
  expect(await asked(callers.ada, large.id)).toEqual(['gpt-4o', large.id]);
  await call(callers.ada, 'PUT', `/llm-credentials/${large.id}/default`);
  expect(await asked(callers.ada)).toEqual(['gpt-4o', large.id]);
  expect(await asked(callers.ada, 'default')).toEqual(['gpt-4o', large.id]);
  expect(await asked(callers.ada, 'system')).toEqual(['gpt-4o-mini', 'system']);
});

test('`default` names a model that does not exist, or none is configured', async () => {
  const { asked, store, callers } = await bedOf({
    credentials: { unique: 'provider_model', system_default: 'deepseek' },
  });
  expect(await asked(callers.machine)).toEqual([503, 'no_llm_provider']);
  const { id } = await store(callers.ada, { provider: 'openai', api_key: OWN, model_name: 'gpt-9' });
  expect(await asked(callers.ada, id)).toEqual([404, 'model_not_found']);
  expect(await asked(callers.ada, '7b0e1b1e-0000-4000-8000-000000000000')).toEqual([404, 'credential_not_found']);
});

test('a configured model of that name wins', async () => {
  const { asked, callers } = await bedOf(
    {},
    {
      moreModels: (mocks) => ({
        default: { endpoints: [{ provider: 'openai', base_url: mocks[0]!.baseURL, model: 'gpt-4o', api_key: 'sk-x' }] },
      }),
    },
  );
  expect(await asked(callers.machine)).toEqual(['default', 'system']);
});

test('the allow list of a key is asked for the model that `default` stands for', async () => {
  const { bed, chat } = await bedOf();
  const body = JSON.stringify({ name: 'narrow', allowed_models: ['gpt-4o'] });
  const made = await fetch(`${bed.url}/api/governance/virtual-keys`, { method: 'POST', body });
  const { virtual_key: key } = (await made.json()) as { virtual_key: { value: string } };
  const answer = await chat(key.value, 'x', { body: { model: 'default' } });
  expect(errorOf(answer)['code']).toBe('model_blocked');
});
