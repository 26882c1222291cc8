import { expect, test } from 'vitest';
import { chat, nonce } from './ask.ts';
import type { ChatRequest } from './ask.ts';
import { clientOf, startBed } from './bed.ts';

/** A header that the proxy does not know does not come through; everything else that names a tenant of the mock does. */
const WAYS: Readonly<
  Record<string, { readonly model: string; readonly key?: string; readonly more?: Partial<ChatRequest> }>
> = {
  'the address of the endpoint': { model: 'by-path' },
  'the key of the endpoint': { model: 'by-endpoint-key' },
  'the key of the client, forwarded': { model: 'by-client-key', key: 'sk-mock-tenant-alice' },
  'the model of the endpoint': { model: 'by-endpoint-model' },
  'the model of the client': { model: 'gpt-4.1@alice' },
  'the metadata of the request': { model: 'gpt-4.1', more: { metadata: { llmproxy_tenant: 'alice', team: 'blue' } } },
};

test.each(Object.entries(WAYS))(
  'a tenant of the mock is reached through the proxy by %s',
  async (_way, { model, key, more }) => {
    await using bed = await startBed({
      moreModels([mock]) {
        const endpoint = { provider: 'openai', base_url: mock!.baseURL, api_key: 'sk-x' };
        return {
          'by-path': { endpoints: [{ ...endpoint, base_url: mock!.tenant('alice').baseURL }] },
          'by-endpoint-key': { endpoints: [{ ...endpoint, api_key: 'sk-mock-tenant-alice' }] },
          'by-client-key': { endpoints: [{ ...endpoint, api_key: 'forward' }] },
          'by-endpoint-model': { endpoints: [{ ...endpoint, model: 'gpt-4.1@alice' }] },
          '*': { endpoints: [endpoint] },
        };
      },
    });
    const alice = bed.mock.tenant('alice');
    await alice.script([{ answer: 'for {{tenant}}' }]);
    const word = nonce();
    const answer = await clientOf(bed.url, { apiKey: key ?? 'sk-client' }).chat.completions.create(
      chat(word, { ...more, model }),
    );
    expect(answer.choices[0]?.message.content).toBe('for alice');
    expect((await alice.requests()).map(({ path }) => path)).toEqual(['/v1/chat/completions']);
    expect(await bed.mock.requests()).toEqual([]);
  },
);

test('a header that only the mock knows is dropped by the proxy', async () => {
  await using bed = await startBed();
  const client = clientOf(bed.url, { defaultHeaders: { 'x-mock-tenant': 'alice' } });
  await client.chat.completions.create(chat(nonce()));
  expect([(await bed.mock.requests()).length, await bed.mock.tenant('alice').requests()]).toEqual([1, []]);
});
