import { GoogleGenAI, createPartFromUri } from '@google/genai';
import type { Content } from '@google/genai';
import { expect, test } from 'vitest';
import { bedForFile } from './bed.ts';

const bed = bedForFile();

const client = () => new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: bed.mock.url } });

test('embeddings, one by one and together', async () => {
  const { models } = client();
  const two = await models.embedContent({ model: 'gemini-embedding-001', contents: ['cat', 'dog'] });
  expect(two.embeddings?.map(({ values }) => values?.length)).toEqual([3072, 3072]);
  const small = await models.embedContent({
    model: 'gemini-embedding-001',
    contents: 'cat',
    config: { outputDimensionality: 768 },
  });
  expect(small.embeddings?.[0]?.values).toHaveLength(768);
});

test('tokens of texts and images', async () => {
  const { models } = client();
  const count = async (contents: Content[] | string) =>
    (await models.countTokens({ model: 'gemini-2.5-flash', contents })).totalTokens;
  expect(await count('What is the capital of France?')).toBe(8);
  expect(await count('What is 1 + 1?')).toBe(9);
  expect(await count('Count from 1 to 3')).toBe(8);
  const png = Buffer.alloc(64);
  png.writeUInt32BE(0x89504e47, 0);
  png.writeUInt32BE(100, 16);
  png.writeUInt32BE(100, 20);
  const image = { inlineData: { mimeType: 'image/png', data: png.toString('base64') } };
  expect(await count([{ role: 'user', parts: [image] }])).toBe(258 + 1);
});

test('models are listed in pages and found by name', async () => {
  const { models } = client();
  const pager = await models.list({ config: { pageSize: 5 } });
  const names: (string | undefined)[] = [];
  for await (const { name } of pager) names.push(name);
  expect(names).toContain('models/gemini-2.5-flash');
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(10);
  const one = await models.get({ model: 'gemini-2.5-flash' });
  expect(one).toMatchObject({ name: 'models/gemini-2.5-flash', inputTokenLimit: 1_048_576, outputTokenLimit: 65_536 });
});

test('a file is uploaded, used, listed, and deleted', async () => {
  const { files, models } = client();
  const content = new Blob(['The password is swordfish.'], { type: 'text/plain' });
  const file = await files.upload({ file: content, config: { displayName: 'notes', mimeType: 'text/plain' } });
  expect(file).toMatchObject({ displayName: 'notes', mimeType: 'text/plain', sizeBytes: '26', state: 'ACTIVE' });
  expect(file.name).toMatch(/^files\/[a-z0-9]{12}$/);
  const used = await models.countTokens({
    model: 'gemini-2.5-flash',
    contents: [{ role: 'user', parts: [createPartFromUri(file.uri!, file.mimeType!)] }],
  });
  expect(used.totalTokens).toBeGreaterThan(5);
  expect((await files.get({ name: file.name! })).sha256Hash).toBe(file.sha256Hash);
  const listed: (string | undefined)[] = [];
  for await (const { name } of await files.list()) listed.push(name);
  expect(listed).toEqual([file.name]);
  await files.delete({ name: file.name! });
  await expect(files.get({ name: file.name! })).rejects.toThrow(/may not exist/);
});

test('cached content is made, used, changed, listed, and deleted', async () => {
  const { caches, models } = client();
  const model = 'gemini-2.5-flash';
  const cache = await caches.create({
    model,
    config: {
      contents: 'A long story. '.repeat(400),
      displayName: 'story',
      ttl: '300s',
      systemInstruction: 'Be brief',
    },
  });
  expect(cache.name).toMatch(/^cachedContents\/[a-z0-9]{40}$/);
  const cached = cache.usageMetadata!.totalTokenCount!;
  const answer = await models.generateContent({
    model,
    contents: 'What is the capital of France?',
    config: { cachedContent: cache.name! },
  });
  expect(answer.text).toBe('Paris');
  expect(answer.usageMetadata?.cachedContentTokenCount).toBe(cached);
  expect(answer.usageMetadata?.promptTokenCount).toBe(cached + 8);
  await expect(
    models.generateContent({
      model,
      contents: 'Hi',
      config: { cachedContent: cache.name!, systemInstruction: 'Be long' },
    }),
  ).rejects.toThrow(/CachedContent can not be used/);
  const later = await caches.update({ name: cache.name!, config: { ttl: '600s' } });
  expect(Date.parse(later.expireTime!)).toBeGreaterThan(Date.parse(cache.expireTime!));
  const names: (string | undefined)[] = [];
  for await (const { name } of await caches.list()) names.push(name);
  expect(names).toEqual([cache.name]);
  await caches.delete({ name: cache.name! });
  await expect(
    models.generateContent({ model, contents: 'Hi', config: { cachedContent: cache.name! } }),
  ).rejects.toThrow('CachedContent not found (or permission denied)');
});

test('a picture has the ratio that was asked for, and speech is sound at 24 kHz', async () => {
  const { models } = client();
  const drawn = await models.generateContent({
    model: 'gemini-2.5-flash-image',
    contents: 'Draw a red house',
    config: { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '16:9' } },
  });
  const [text, picture] = drawn.candidates![0]!.content!.parts!;
  expect(text?.text).not.toBe('');
  expect(picture?.inlineData?.mimeType).toBe('image/png');
  const bytes = Buffer.from(picture!.inlineData!.data!, 'base64');
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1024, 576]);
  expect(drawn.usageMetadata?.candidatesTokensDetails).toContainEqual({ modality: 'IMAGE', tokenCount: 1290 });
  const said = await models.generateContent({
    model: 'gemini-2.5-flash-preview-tts',
    contents: 'What is the capital of France?',
    config: { responseModalities: ['AUDIO'] },
  });
  const [sound, ...others] = said.candidates![0]!.content!.parts!;
  expect(others).toEqual([]);
  expect(sound?.inlineData?.mimeType).toBe('audio/L16;codec=pcm;rate=24000');
  expect(Buffer.from(sound!.inlineData!.data!, 'base64').length % 2).toBe(0);
  expect(said.text).toBeUndefined();
});

test('a batch runs, answers each request, and is listed, cancelled and deleted', async () => {
  const { startMock } = await import('../../mocks/index.ts');
  await using mock = await startMock({ clock: 'virtual', jobStageMs: 1000 });
  const { batches, files } = new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: mock.url } });
  const model = 'gemini-2.5-flash';
  const contents = (text: string): Content[] => [{ role: 'user', parts: [{ text }] }];
  const foreign = [{ role: 'model', parts: [{ text: 'x', thoughtSignature: 'Zm9v' }] }];
  const inline = await batches.create({
    model,
    src: [{ contents: contents('What is the capital of France?') }, { contents: foreign }],
    config: { displayName: 'two' },
  });
  expect(inline).toMatchObject({ displayName: 'two', state: 'JOB_STATE_PENDING' });
  await mock.clock.advance(1000);
  expect((await batches.get({ name: inline.name! })).state).toBe('JOB_STATE_RUNNING');
  await mock.clock.advance(1000);
  const done = await batches.get({ name: inline.name! });
  expect(done.state).toBe('JOB_STATE_SUCCEEDED');
  const [good, bad] = done.dest!.inlinedResponses!;
  expect(good?.response?.candidates?.[0]?.content?.parts?.[0]?.text).toBe('Paris');
  expect(bad?.error).toMatchObject({
    code: 400,
    message: 'Corrupted thought signature.',
  });
  expect((await batches.get({ name: inline.name! })).dest).toEqual(done.dest);

  const line = JSON.stringify({ key: 'a', request: { contents: contents('What is 2+2?') } });
  const file = await files.upload({ file: new Blob([line]), config: { mimeType: 'jsonl' } });
  const stored = await batches.create({ model, src: file.name! });
  const other = await batches.create({ model, src: [{ contents: contents('Hi') }] });
  await batches.cancel({ name: other.name! });
  await mock.clock.advance(2000);
  expect((await batches.get({ name: other.name! })).state).toBe('JOB_STATE_CANCELLED');
  const answers = (await batches.get({ name: stored.name! })).dest!.fileName!;
  const text = await (await fetch(`${mock.url}/download/v1beta/${answers}:download?alt=media&key=key`)).text();
  expect(JSON.parse(text)).toMatchObject({
    key: 'a',
    response: { candidates: [{ content: { parts: [{ text: '4' }] } }] },
  });

  await batches.delete({ name: other.name! });
  const names: (string | undefined)[] = [];
  for await (const { name } of await batches.list()) names.push(name);
  expect(names).toEqual([stored.name, inline.name]);
});
