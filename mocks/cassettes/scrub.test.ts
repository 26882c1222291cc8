import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withRealSockets } from '../../tests/setup/mock-bed.ts';
import { ask, recorded, replaying } from './cassettes.fixture.ts';
import { Scrubber } from './scrub.ts';

withRealSockets();

const fill = (length: number): string => 'aB3'.repeat(length).slice(0, length);
const key = `sk-proj-${fill(40)}`;

test.each([
  key,
  `AIza${fill(35)}`,
  `AKIA${fill(16).toUpperCase()}`,
  `ghp_${fill(36)}`,
  `org-${fill(24)}`,
  `proj_${fill(24)}`,
  `Bearer ${fill(20)}`,
  `eyJ${fill(20)}.${fill(20)}.${fill(20)}`,
  `"api_key": "${fill(9)}"`,
  `"authorization":"${fill(12)}"`,
  'Incorrect API key provided: sk-abcde***********wxyz.',
])('%s is hidden, at the same length', (secret) => {
  const hidden = new Scrubber().text(`before ${secret} after`);
  expect(hidden).toHaveLength(secret.length + 13);
  expect(hidden).not.toContain(secret);
  expect(hidden).toMatch(/^before .*x{6,}.* after$/);
});

test.each([
  'a task-abcdefghijklmnop',
  'chatcmpl-abcdefghijklmnopqrstuvwxyz123',
  'the secret of life',
  'resp_0123456789abcdef',
])('%s is no secret', (text) => {
  expect(new Scrubber().text(text)).toBe(text);
});

test('what stands in a secret header is hidden wherever else it stands, also across the border of two reads', () => {
  const scrubber = new Scrubber();
  scrubber.learn([
    ['Authorization', 'Bearer my-own-key-form'],
    ['Cookie', 'session=abcdef123; theme=x'],
  ]);
  const pieces = ['echo my-own-', 'key-form and abcdef123'].map((text) => Buffer.from(text));
  expect(scrubber.pieces(pieces).map(String)).toEqual(['echo xxxxxxx', 'xxxxxxxx and xxxxxxxxx']);
  expect(scrubber.headers([['Authorization', 'Bearer my-own-key-form']])).toEqual([['Authorization', 'scrubbed']]);
  expect(scrubber.url('/v1/x?key=abc&a=1')).toBe('/v1/x?key=xxx&a=1');
});

test('no secret of a request or answer reaches the file, and the request still finds its answer', async () => {
  const body = {
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: `My key is ${key}` }],
    tools: [{ type: 'mcp', headers: { 'x-api-key': 'very-private' } }],
  };
  const headers = {
    authorization: `Bearer ${key}`,
    cookie: 'session=abcdef123456',
    'openai-organization': 'acme-corporation',
  };
  const { file, cassette } = await recorded([{ body, headers }]);
  const text = readFileSync(file, 'utf8');
  for (const secret of [key, 'abcdef123456', 'acme-corporation', 'very-private', '__cf_bm=']) {
    expect(text).not.toContain(secret);
  }
  const server = await replaying(cassette);
  expect((await ask(server.url, { body, headers })).status).toBe(200);
});
