import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { runWarm } from '../../proxy/commands/cache/warm-command.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { chat, nonce } from './ask.ts';
import { startBed, type Bed } from './bed.ts';

async function warm({ url }: Bed, lines: readonly object[]): Promise<{ code: number; counts: unknown; err: string }> {
  const folder = tempFolder('cache-warm');
  writeFileSync(join(folder, 'requests.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  let [out, err] = ['', ''];
  const code = await runWarm(
    'requests.jsonl',
    { url, json: true, concurrency: '8' },
    {
      environment: {},
      folder,
      out: { write: (text) => (out += text) },
      err: { write: (text) => (err += text) },
      signal: new AbortController().signal,
      isWatched: false,
    },
  );
  return { code, counts: JSON.parse(out), err };
}

test('llmproxy cache warm fills the cache: a second run, and clients, cost no call', async () => {
  const model = 'text-embedding-3-small';
  await using bed = await startBed({
    moreModels: ([mock]) => ({
      [model]: { endpoints: [{ provider: 'openai', base_url: mock?.baseURL, api_key: 'k' }] },
    }),
  });
  const word = nonce();
  const chats = Array.from({ length: 20 }, (_, index) => chat(`${word} ${index}`));
  const lines = [
    ...chats.map((body, index) => ({ body: index % 2 === 0 ? body : { ...body, stream: true } })),
    { path: '/v1/embeddings', body: { model, input: word } },
    { body: chats[0] },
  ];
  const first = await warm(bed, lines);
  expect(first).toMatchObject({ code: 0, err: '', counts: { requests: 22, uncached: 0, failures: 0 } });
  expect(await bed.requests()).toHaveLength(21);
  expect(await warm(bed, lines)).toMatchObject({ code: 0, counts: { hits: 22, misses: 0 } });
  for (const body of chats) {
    const { response } = await bed.client().chat.completions.create(body).withResponse();
    expect(response.headers.get('x-llmproxy-cache')).toBe('hit');
  }
});

test('what cannot be answered is a failure with the proxy’s own sentence, the rest goes on', async () => {
  await using bed = await startBed();
  const { code, counts, err } = await warm(bed, [
    { body: { ...chat('a'), model: 'no-such-model' } },
    { body: chat(nonce()) },
    { body: { ...chat(nonce()), cache: { 'no-cache': true } } },
  ]);
  expect([code, counts]).toEqual([
    3,
    { requests: 3, hits: 0, misses: 1, uncached: 1, failures: 1, seconds: expect.any(Number) as number },
  ]);
  expect(err).toMatch(/^line 1: 404 .*no-such-model/);
});
