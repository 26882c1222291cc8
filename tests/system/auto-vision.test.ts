import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../mocks/index.ts';
import { ask, askAs, expectOk, FAMILIES, pickOf, type Family } from './auto-ask.ts';
import { autoBed, SEVEN_MODELS, type AutoBed, type AutoBedOptions, type SevenModel } from './auto-bed.ts';
import { errorOf, jsonOf } from './http.ts';

const [FIRST] = SEVEN_MODELS as [SevenModel];
/** Of those that see, by value. */
const SEEING = ['gemini-2.0-flash', 'gpt-4o-mini', 'gpt-4o'] as const;
const PNG = 'iVBORw0KGgo=';
const JPEG = '/9j/4AAQSkZJRg==';
const URL_PNG = `data:image/png;base64,${PNG}`;
const DESCRIBE = { 'x-llmproxy-vision': 'describe' };

/** A question with two images. */
const IMAGES: Readonly<Record<Family, object>> = {
  chat: {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hello' },
          { type: 'image_url', image_url: { url: URL_PNG } },
          { type: 'image_url', image_url: { url: 'https://example.com/b.png', detail: 'low' } },
        ],
      },
    ],
  },
  responses: {
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'hello' },
          { type: 'input_image', image_url: URL_PNG },
          { type: 'input_image', image_url: 'https://example.com/b.png', detail: 'low' },
        ],
      },
    ],
  },
  messages: {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hello' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/b.png' } },
        ],
      },
    ],
  },
  gemini: {
    contents: [
      {
        role: 'user',
        parts: [
          { text: 'hello' },
          { inlineData: { mimeType: 'image/png', data: PNG } },
          { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/b.png' } },
        ],
      },
    ],
  },
};

interface Call {
  readonly max_tokens?: number;
  readonly max_output_tokens?: number;
  readonly stream?: boolean;
  readonly messages?: { readonly role: string; readonly content: unknown }[];
  readonly input?: unknown;
}

async function bodiesAt(bed: AutoBed, model: SevenModel): Promise<Call[]> {
  return (await bed.requests(model)).map(({ body }) => body as Call);
}

async function describing(options: AutoBedOptions = {}, description = 'A red square at (500, 500).'): Promise<AutoBed> {
  const bed = await autoBed({ ...options, config: { ...options.config, auto: { vision: 'describe' } } });
  for (const model of SEEING) await bed.mocks[model].answer({ reply: { text: description } });
  return bed;
}

async function failing(bed: AutoBed, fault: FaultRule['fault'], ...models: readonly SevenModel[]): Promise<void> {
  await Promise.all(models.map((model) => bed.mocks[model].fault({ fault })));
}

describe('route', () => {
  test.each(FAMILIES)('%s: a model that sees answers, and gets the images', async (family) => {
    const bed = await autoBed();
    const answer = expectOk(await askAs(family, bed.url, '', { more: IMAGES[family] }));
    expect(await bed.called()).toEqual(['gemini-2.0-flash']);
    expect(answer.headers['x-llmproxy-vision']).toBeUndefined();
    const sent = JSON.stringify(await bodiesAt(bed, 'gemini-2.0-flash'));
    expect(sent).toContain(URL_PNG);
    expect(sent).toContain('https://example.com/b.png');
    expect(sent).not.toContain('[image description]');
  });

  test('the header turns description off', async () => {
    const bed = await describing();
    const headers = { 'x-llmproxy-vision': 'route' };
    const answer = expectOk(await ask(bed.url, '', { headers, more: IMAGES.chat }));
    expect(await bed.called()).toEqual(['gemini-2.0-flash']);
    expect(answer.headers['x-llmproxy-vision']).toBeUndefined();
  });

  test('bare base64 gets the type of its first bytes; addresses stay as they are', async () => {
    const bed = await autoBed();
    const images = [PNG, JPEG, 'AAAA', URL_PNG, 'https://example.com/a.png'];
    const parts = images.map((url) => ({ type: 'image_url', image_url: { url } }));
    expectOk(await ask(bed.url, '', { more: { messages: [{ role: 'user', content: parts }] } }));
    const [sent] = await bodiesAt(bed, 'gemini-2.0-flash');
    const content = sent!.messages![0]!.content as { image_url: { url: string } }[];
    expect(content.map(({ image_url: { url } }) => url)).toEqual([
      URL_PNG,
      `data:image/jpeg;base64,${JPEG}`,
      'data:image/jpeg;base64,AAAA',
      URL_PNG,
      'https://example.com/a.png',
    ]);
  });

  test.each(FAMILIES)('%s: without a model that sees 400 names the images', async (family) => {
    const bed = await autoBed({ config: { auto: { models: ['o3', 'deepseek-chat'] } } });
    for (const mode of ['route', 'describe']) {
      const options = { headers: { 'x-llmproxy-vision': mode }, more: IMAGES[family] };
      const answer = await askAs(family, bed.url, '', options);
      expect(answer.status).toBe(400);
      if (family === 'chat' || family === 'responses') {
        const param = family === 'chat' ? 'messages' : 'input';
        expect(errorOf(answer)).toMatchObject({ code: 'unsupported_capability', param });
      }
    }
    expect(await bed.called()).toEqual([]);
  });
});

describe('describe', () => {
  test.each(FAMILIES.flatMap((family) => [false, true].map((stream) => ({ family, stream }))))(
    '$family, stream $stream: the best model that sees describes, the picked one answers',
    async ({ family, stream }) => {
      const bed = await describing();
      const answer = expectOk(await askAs(family, bed.url, '', { stream, more: IMAGES[family] }));
      expect(answer.headers['x-llmproxy-vision']).toBe('described');
      expect(await bed.called()).toEqual(['gemini-2.0-flash', FIRST]);
      expect(pickOf(answer)).toEqual({ model: FIRST, complexity: 'simple', tier: 'micro', attempts: '2' });
      const [question] = await bodiesAt(bed, 'gemini-2.0-flash');
      expect(question).toMatchObject({ max_tokens: 500 });
      expect(question!.stream ?? false).toBe(false);
      const asked = JSON.stringify(question);
      expect(asked).toMatch(/1000 × 1000/);
      expect(asked).toContain(URL_PNG);
      expect(asked).toContain('https://example.com/b.png');
      const [sent] = await bodiesAt(bed, FIRST);
      const text = JSON.stringify(sent);
      expect(text).not.toContain(PNG);
      expect(text).not.toContain('example.com');
      expect(text.match(/\[image description\]\\nA red square at \(500, 500\)\./g)).toHaveLength(1);
      expect(text).toContain('hello');
    },
  );

  test('one text part takes the place of the images, where they were', async () => {
    const bed = await describing();
    expectOk(await ask(bed.url, '', { more: IMAGES.chat }));
    const [sent] = await bodiesAt(bed, FIRST);
    expect(sent!.messages![0]!.content).toEqual([
      { type: 'text', text: 'hello' },
      { type: 'text', text: '[image description]\nA red square at (500, 500).' },
    ]);
  });

  test('by header alone', async () => {
    const bed = await autoBed();
    const answer = expectOk(await ask(bed.url, '', { headers: DESCRIBE, more: IMAGES.chat }));
    expect(answer.headers['x-llmproxy-vision']).toBe('described');
    expect(await bed.called()).toEqual(['gemini-2.0-flash', FIRST]);
  });

  test('a picked model that sees gets the images themselves', async () => {
    const bed = await describing();
    const headers = { 'x-llmproxy-model-hint': 'gpt-4o' };
    const answer = expectOk(await ask(bed.url, '', { headers, more: IMAGES.chat }));
    expect(answer.headers['x-llmproxy-vision']).toBeUndefined();
    expect(await bed.called()).toEqual(['gpt-4o']);
  });

  test('both answers are kept: the same request asks nothing, another question about the image asks once', async () => {
    const bed = await describing();
    expectOk(await ask(bed.url, '', { more: IMAGES.chat }));
    const again = expectOk(await ask(bed.url, '', { more: IMAGES.chat }));
    expect(again.headers['x-llmproxy-cache']).toBe('hit');
    const [{ content }] = (IMAGES.chat as { messages: [{ content: object[] }] }).messages;
    const other = { messages: [{ role: 'user', content: [{ type: 'text', text: 'thanks' }, ...content.slice(1)] }] };
    expectOk(await ask(bed.url, '', { more: other }));
    expect(await bed.called()).toEqual(['gemini-2.0-flash', FIRST, FIRST]);
  });

  test('where one model cannot describe, the next does', async () => {
    const bed = await describing();
    await failing(bed, 'server-error', 'gemini-2.0-flash');
    const answer = expectOk(await ask(bed.url, '', { more: IMAGES.chat }));
    expect(answer.headers['x-llmproxy-vision']).toBe('described');
    expect(await bed.called()).toEqual(['gemini-2.0-flash', 'gpt-4o-mini', FIRST]);
    expect(pickOf(answer)).toMatchObject({ attempts: '3' });
  });

  test('where only one call fails on every model, one that sees answers by itself', async () => {
    const bed = await describing({ model: { routing: { allowed_fails: 1000 } } });
    for (const model of SEEING) await bed.mocks[model].fault({ times: 1, fault: 'server-error' });
    const answer = expectOk(await ask(bed.url, '', { more: IMAGES.chat }));
    expect(answer.headers['x-llmproxy-vision']).toBeUndefined();
    expect(await bed.called()).toEqual([...SEEING, 'gemini-2.0-flash']);
    const sent = await bodiesAt(bed, 'gemini-2.0-flash');
    expect(JSON.stringify(sent.at(-1))).toContain(URL_PNG);
    expect(JSON.stringify(sent.at(-1))).not.toContain('1000 × 1000');
    expect(pickOf(answer)).toMatchObject({ model: 'gemini-2.0-flash', attempts: '4' });
  });

  test('no image reaches a model that does not see, whatever fails', async () => {
    const bed = await describing({ model: { routing: { allowed_fails: 1000 } } });
    await failing(bed, 'server-error', ...SEVEN_MODELS);
    const answer = await ask(bed.url, '', { more: IMAGES.chat });
    expect(answer.status).toBe(502);
    expect(jsonOf(answer)).toMatchObject({ error: { code: 'all_providers_failed' } });
    const blind = SEVEN_MODELS.filter((model) => !(SEEING as readonly string[]).includes(model));
    for (const model of blind) expect(JSON.stringify(await bodiesAt(bed, model))).not.toContain(PNG);
  });

  test('a model that fails to answer is followed by the next, with the same description', async () => {
    const bed = await describing();
    const headers = { 'x-llmproxy-tier': 'complex' };
    await failing(bed, 'server-error', 'deepseek-v3.2-speciale');
    const answer = expectOk(await ask(bed.url, '', { headers, more: IMAGES.chat }));
    expect(await bed.called()).toEqual(['gemini-2.0-flash', 'deepseek-v3.2-speciale', 'o3-mini']);
    expect(JSON.stringify(await bodiesAt(bed, 'o3-mini'))).toContain('[image description]');
    expect(answer.headers['x-llmproxy-vision']).toBe('described');
  });

  test('an image that only its provider can read goes to a model that sees', async () => {
    const bed = await describing();
    const content = [
      { type: 'input_text', text: 'hello' },
      { type: 'input_image', file_id: 'file-1' },
    ];
    await askAs('responses', bed.url, '', { more: { input: [{ role: 'user', content }] } });
    expect(await bed.called()).toEqual(['gemini-2.0-flash']);
  });

  test('an empty description is none', async () => {
    const bed = await describing({}, ' ');
    const answer = await ask(bed.url, '', { more: IMAGES.chat });
    expect(answer.headers['x-llmproxy-vision']).toBeUndefined();
    expect(await bed.requests(FIRST)).toEqual([]);
  });
});

test('both calls are in the ledger', async () => {
  const bed = await describing({ config: { database: { url: ':memory:' }, auth: { admin: 'open' } } });
  expectOk(await ask(bed.url, '', { more: IMAGES.chat }));
  const records = async (): Promise<Record<string, unknown>[]> => {
    const answer = await fetch(`${bed.url}/api/v1/routing/usage`);
    return ((await answer.json()) as { records: Record<string, unknown>[] }).records;
  };
  await expect.poll(async () => (await records()).length).toBe(1);
  const billed = async (model: SevenModel): Promise<{ input: number; output: number }> =>
    (await bed.requests(model))[0]!.billed!;
  const [described, answered] = [await billed('gemini-2.0-flash'), await billed(FIRST)];
  // USD per million tokens.
  const cost = described.input * 0.1 + described.output * 0.4 + answered.input * 0.14 + answered.output * 0.28;
  expect((await records())[0]).toMatchObject({
    model_asked: 'auto',
    model: FIRST,
    input_tokens: described.input + answered.input,
    output_tokens: described.output + answered.output,
    cost_usd: Math.round(cost * 1_000) / 1e9,
  });
});
