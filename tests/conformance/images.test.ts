import { inflateSync } from 'node:zlib';
import { toFile } from 'openai';
import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const bed = judged(bedForFile());

/** Width, height and the number of decoded bytes of a PNG. */
function readPng(file: Buffer) {
  expect(file.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const at = file.indexOf('IDAT');
  const pixels = inflateSync(file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4)));
  return { width: file.readUInt32BE(16), height: file.readUInt32BE(20), bytes: pixels.length };
}

const png = async () => {
  const { data } = await bed
    .client()
    .images.generate({ model: 'dall-e-2', prompt: 'x', size: '256x256', response_format: 'b64_json' });
  return toFile(Buffer.from(data![0]!.b64_json!, 'base64'), 'x.png', { type: 'image/png' });
};

test('a gpt-image model answers with a real PNG in base64, its looks and its usage', async () => {
  const answer = await bed
    .client()
    .images.generate({ model: 'gpt-image-1', prompt: 'a red fox', size: '1024x1536', quality: 'low' });
  expect(readPng(Buffer.from(answer.data![0]!.b64_json!, 'base64'))).toEqual({
    width: 1024,
    height: 1536,
    bytes: (1024 / 8 + 1) * 1536,
  });
  expect(answer).toMatchObject({ size: '1024x1536', quality: 'low', background: 'opaque', output_format: 'png' });
  expect(answer.usage).toMatchObject({ input_tokens: 3, output_tokens: 408, total_tokens: 411 });
});

test('equal prompts give equal pictures, others differ, and so do the pictures of one request', async () => {
  const pictures = async (prompt: string, n = 1) =>
    (await bed.client().images.generate({ model: 'gpt-image-1-mini', prompt, n })).data!.map((one) => one.b64_json);
  expect(await pictures('a cat')).toEqual(await pictures('a cat'));
  expect(await pictures('a cat')).not.toEqual(await pictures('a dog'));
  expect(new Set(await pictures('a cat', 3)).size).toBe(3);
});

test.each([
  ['jpeg', '\xff\xd8\xff\xe0', '\xff\xd9'],
  ['webp', 'RIFF', ''],
] as const)('%s is what it says', async (output_format, start, end) => {
  const answer = await bed.client().images.generate({ model: 'gpt-image-1', prompt: 'x', output_format });
  const file = Buffer.from(answer.data![0]!.b64_json!, 'base64').toString('latin1');
  expect(file.startsWith(start)).toBe(true);
  expect(file.endsWith(end)).toBe(true);
});

test('the older models give addresses from which the picture can be fetched', async () => {
  const { data, usage } = await bed.client().images.generate({ model: 'dall-e-3', prompt: 'a fox', size: '1792x1024' });
  expect(usage).toBeUndefined();
  expect(data![0]!.revised_prompt).toBe('a fox');
  const response = await fetch(data![0]!.url!);
  expect(response.headers.get('content-type')).toBe('image/png');
  expect(readPng(Buffer.from(await response.arrayBuffer()))).toMatchObject({ width: 1792, height: 1024 });
  expect((await fetch(`${data![0]!.url!}x`)).status).toBe(403);
});

test('a stream shows partial pictures and then the whole one', async () => {
  const body = { model: 'gpt-image-1', prompt: 'a fox', stream: true, partial_images: 2 } as const;
  const events = [];
  for await (const event of await bed.client().images.generate(body)) events.push(event);
  expect(events.map(({ type }) => type)).toEqual([
    'image_generation.partial_image',
    'image_generation.partial_image',
    'image_generation.completed',
  ]);
  for (const event of events) bed.judge?.component('ImageGenStreamEvent', event);
  const last = events.at(-1)!;
  expect(last).toMatchObject({ usage: { output_tokens: 1056 + 200 } });
  const { data } = await bed.client().images.generate({ model: 'gpt-image-1', prompt: 'a fox' });
  expect('b64_json' in last && last.b64_json).toBe(data![0]!.b64_json);
});

test('edits take one or several pictures, count them, and stream', async () => {
  const { images } = bed.client();
  const one = await images.edit({ model: 'gpt-image-1', image: await png(), prompt: 'add a hat' });
  const two = await images.edit({ model: 'gpt-image-1', image: [await png(), await png()], prompt: 'add a hat' });
  expect(one.usage!.input_tokens_details.image_tokens * 2).toBe(two.usage!.input_tokens_details.image_tokens);
  const stream = await images.edit({
    model: 'gpt-image-1',
    image: await png(),
    prompt: 'x',
    stream: true,
    partial_images: 1,
  });
  const events = [];
  for await (const event of stream) events.push(event);
  expect(events.map(({ type }) => type)).toEqual(['image_edit.partial_image', 'image_edit.completed']);
  for (const event of events) bed.judge?.component('ImageEditStreamEvent', event);
  const varied = await images.createVariation({ image: await png(), n: 2, size: '256x256' });
  expect(varied.data).toHaveLength(2);
});

test('the newest model makes any size whose sides are divisible by 16', async () => {
  const { images } = bed.client();
  const { data, size, usage } = await images.generate({ model: 'gpt-image-2', prompt: 'x', size: '512x256' });
  expect(readPng(Buffer.from(data![0]!.b64_json!, 'base64'))).toMatchObject({ width: 512, height: 256 });
  expect([size, usage!.output_tokens]).toEqual([undefined, 1056 / 8]);
});

test.each([
  [{ model: 'gpt-image-2', prompt: 'x', size: '512x100' }, 'size', 'invalid_value'],
  [{ model: 'gpt-image-1', prompt: 'x', size: '512x256' }, 'size', 'invalid_value'],
  [
    { model: 'gpt-image-1', prompt: 'x', background: 'transparent', output_format: 'jpeg' },
    'background',
    'invalid_value',
  ],
  [{ model: 'dall-e-3', prompt: 'x', n: 2 }, 'n', 'integer_above_max_value'],
  [{ model: 'dall-e-2', prompt: 'x', size: '1x1' }, 'size', 'invalid_value'],
  [{ model: 'gpt-image-1', prompt: 'x', response_format: 'url' }, 'response_format', 'unknown_parameter'],
  [{ model: 'gpt-image-1' }, 'prompt', 'missing_required_parameter'],
])('%o is refused for its %s', async (body, param, code) => {
  const wrong = body as unknown as { prompt: string };
  await expect(bed.client().images.generate(wrong)).rejects.toMatchObject({ status: 400, param, code });
});
