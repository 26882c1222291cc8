import { expect, test } from 'vitest';

import type { JsonObject } from '../core/json.ts';
import { describedRequest, describers, descriptionRequest } from './description.ts';
import { chatImage, normaliseImages } from './image-parts.ts';
import { imageTypeOf, imageUrl } from './image-type.ts';
import { readFacts } from './request-facts.ts';
import { questionOf, SEVEN } from './seven-models.fixture.ts';
import type { RequestFamily } from './shapes.ts';

const base64Of = (...bytes: readonly (number | string)[]): string =>
  Buffer.concat(
    bytes.map((one) => (typeof one === 'string' ? Buffer.from(one, 'latin1') : Buffer.from([one]))),
  ).toString('base64');

const PNG = base64Of(0x89, 'PNG\r\n\u001a\n', '0000');

test.each([
  [PNG, 'image/png'],
  [base64Of(0xff, 0xd8, 0xff, 0xe0), 'image/jpeg'],
  [base64Of('GIF89a....'), 'image/gif'],
  [base64Of('GIF87a....'), 'image/gif'],
  [base64Of('RIFF1234WEBPVP8 '), 'image/webp'],
  [base64Of('RIFF1234WAVEfmt '), 'image/jpeg'],
  [base64Of(0, 0, 0, 0x1c, 'ftypavif'), 'image/avif'],
  [base64Of(0, 0, 0, 0x1c, 'ftypheic'), 'image/heic'],
  [base64Of('BM......'), 'image/bmp'],
  [base64Of('II*', 0, '....'), 'image/tiff'],
  [base64Of('what is this'), 'image/jpeg'],
  ['', 'image/jpeg'],
])('%s is of type %s', (base64, type) => {
  expect(imageTypeOf(base64)).toBe(type);
});

test.each([
  ['https://pictures.example/a.png', undefined],
  ['HTTP://pictures.example/a.png', undefined],
  ['data:image/gif;base64,R0lG', undefined],
  ['data:,x', undefined],
  ['gs://bucket/a.png', undefined],
  ['a.png', undefined],
  ['', undefined],
  [PNG, `data:image/png;base64,${PNG}`],
  [`${PNG.slice(0, 8)}\r\n${PNG.slice(8)}\n`, `data:image/png;base64,${PNG}`],
  ['/9j/4AAQ', 'data:image/jpeg;base64,/9j/4AAQ'],
])('the address of %j is %j', (value, url) => {
  expect(imageUrl(value)).toBe(url ?? value);
});

const bodies: Readonly<Record<RequestFamily, JsonObject>> = {
  chat: {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: PNG, detail: 'low' } },
        ],
      },
    ],
  },
  responses: {
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'look' },
          { type: 'input_image', image_url: PNG, detail: 'low' },
        ],
      },
    ],
  },
  messages: {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
        ],
      },
    ],
  },
  gemini: { contents: [{ parts: [{ text: 'look' }, { inline_data: { mime_type: 'image/png', data: PNG } }] }] },
};

test('bare base64 becomes an address; what has one stays the same object', () => {
  const url = `data:image/png;base64,${PNG}`;
  expect(normaliseImages('chat', bodies.chat)).toMatchObject({
    messages: [{ content: [{}, { image_url: { url, detail: 'low' } }] }],
  });
  const normal = normaliseImages('responses', bodies.responses);
  expect(normal).toMatchObject({ input: [{ content: [{}, { image_url: url, detail: 'low' }] }] });
  expect(normaliseImages('responses', normal)).toBe(normal);
  expect(normaliseImages('messages', bodies.messages)).toBe(bodies.messages);
  expect(normaliseImages('gemini', bodies.gemini)).toBe(bodies.gemini);
  const inResult = { input: [{ type: 'function_call_output', output: [{ type: 'input_image', image_url: PNG }] }] };
  expect(normaliseImages('responses', inResult)).toMatchObject({ input: [{ output: [{ image_url: url }] }] });
});

test.each(Object.keys(bodies) as RequestFamily[])(
  '%s: images become one text part that begins with its mark',
  (family) => {
    const before = structuredClone(bodies[family]);
    const described = describedRequest(family, bodies[family], ' a cat at (10, 20) ');
    expect(bodies[family]).toEqual(before);
    const facts = readFacts(family, described);
    expect(facts.vision).toBe(false);
    expect(facts.text).toBe('look\n[image description]\na cat at (10, 20)');
  },
);

test.each(Object.keys(bodies) as RequestFamily[])('%s: the describing call has every image', (family) => {
  const request = descriptionRequest(family, bodies[family], 'gpt-4o');
  expect(request).toMatchObject({ model: 'gpt-4o', max_tokens: 500 });
  const { messages } = request as unknown as {
    messages: { content: { type: string; text?: string; image_url?: JsonObject }[] }[];
  };
  expect(messages[1]!.content[0]!.text).toMatch(/where|position/i);
  expect(messages[1]!.content[0]!.text).toContain('1000 × 1000');
  expect(messages[1]!.content[1]!.image_url).toMatchObject({ url: `data:image/png;base64,${PNG}` });
  expect(messages[1]!.content).toHaveLength(2);
});

test('several images have one description, the others refer to it', () => {
  const image: JsonObject = { type: 'image_url', image_url: { url: 'https://pictures.example/a.png' } };
  const body = {
    messages: [
      { role: 'user', content: [image] },
      { role: 'user', content: [image, image] },
    ],
  };
  const described = describedRequest('chat', body, 'cats') as typeof body;
  expect(described.messages.flatMap(({ content }) => content)).toEqual([
    { type: 'text', text: '[image description]\ncats' },
    { type: 'text', text: '[further images: see the image description above]' },
  ]);
});

test('an image that only its provider can read is described by no other', () => {
  expect(chatImage('responses', { type: 'input_image', file_id: 'file-1' })).toBeUndefined();
  expect(chatImage('messages', { type: 'image', source: { type: 'file', file_id: 'f' } })).toBeUndefined();
  expect(
    chatImage('gemini', {
      fileData: { mimeType: 'image/png', fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/a' },
    }),
  ).toBeUndefined();
  expect(
    chatImage('gemini', { fileData: { mimeType: 'image/png', fileUri: 'https://pictures.example/a.png' } }),
  ).toBeDefined();
  expect(
    chatImage('messages', { type: 'image', source: { type: 'url', url: 'https://pictures.example/a.png' } }),
  ).toBeDefined();
  expect(
    descriptionRequest(
      'responses',
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'file-1' }] }] },
      'm',
    ),
  ).toBeUndefined();
  expect(descriptionRequest('chat', { messages: [] }, 'm')).toBeUndefined();
});

test('models that see describe, the best value first, whatever else the request needs', () => {
  const names = (question = questionOf()): string[] =>
    describers(question.candidates, question).map(({ candidate }) => candidate.model);
  const seeing = ['gemini-2.0-flash', 'gpt-4o-mini', 'gpt-4o'];
  expect(names()).toEqual(seeing);
  expect(names(questionOf({ needs: { tools: true, contextTokens: 5_000_000, promptTokens: 5_000_000 } }))).toEqual(
    seeing,
  );
  expect(
    names(
      questionOf({
        candidates: SEVEN.map(
          (one) => ({ ...one, blocked: one.provider === 'gemini' ? ('provider' as const) : undefined }) as never,
        ),
      }),
    ),
  ).toEqual(seeing.slice(1));
  expect(names(questionOf({ costCap: 0n }))).toEqual([]);
});
