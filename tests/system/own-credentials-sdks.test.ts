import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { JournalEntry } from '../../mocks/index.ts';
import { collect } from './ask.ts';
import { credentialsBed, type CredentialsBed } from './credentials-bed.ts';

const CLAUDE = 'claude-sonnet-5';
const GEMINI = 'gemini-3-flash-preview';
const QUESTION = 'What is the capital of France?';

/** Ada's own keys, by the provider that they are for. */
const KEYS = { openai: 'sk-adas-key-0001', anthropic: 'sk-ant-adas-key-0002', google: 'AIza-adas-key-0003' } as const;

/** Three models, each at an endpoint of its provider with the operator's key, and a user who has a key for each. */
async function threeProviders(): Promise<CredentialsBed> {
  const made = await credentialsBed({
    endpoints: [{ api_key: 'sk-operators-key' }],
    moreModels: ([mock]) => ({
      [CLAUDE]: { endpoints: [{ provider: 'anthropic', base_url: mock?.url, api_key: 'sk-ant-operators-key' }] },
      [GEMINI]: { endpoints: [{ provider: 'gemini', base_url: mock?.url, api_key: 'AIza-operators-key' }] },
    }),
  });
  for (const [provider, api_key] of Object.entries(KEYS)) await made.store(made.callers.ada, { provider, api_key });
  return made;
}

/** The operation that an endpoint was asked for, and the key that it was asked with, in its provider's own header. */
function asked({ operation, headers }: JournalEntry): readonly unknown[] {
  const { authorization, 'x-api-key': anthropic, 'x-goog-api-key': google } = headers;
  return [operation, authorization, anthropic, google];
}

async function exercise(url: string, key: string): Promise<void> {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, logLevel: 'off' });
  const messages = [{ role: 'user', content: QUESTION }] as const;
  const chat = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [...messages] });
  expect(chat.choices[0]?.message.content).toBeTruthy();
  const response = await openai.responses.create({ model: 'gpt-4o-mini', input: QUESTION, stream: true });
  expect((await collect(response)).at(-1)).toMatchObject({ type: 'response.completed' });

  const anthropic = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, logLevel: 'off' });
  const ask = { model: CLAUDE, max_tokens: 100, messages: [...messages] };
  expect((await anthropic.messages.create(ask)).content[0]).toMatchObject({ type: 'text' });
  const stream = await anthropic.messages.create({ ...ask, max_tokens: 101, stream: true });
  expect((await collect(stream)).at(-1)).toMatchObject({ type: 'message_stop' });

  const gemini = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
  expect((await gemini.models.generateContent({ model: GEMINI, contents: QUESTION })).text).toBeTruthy();
  const chunks = await collect(await gemini.models.generateContentStream({ model: GEMINI, contents: `${QUESTION}!` }));
  expect(chunks.map(({ text }) => text ?? '').join('')).toBeTruthy();
}

function sentWith({ openai, anthropic, google }: Readonly<Record<keyof typeof KEYS, string>>): unknown[] {
  return [
    ['chat.completions', `Bearer ${openai}`, undefined, undefined],
    ['responses', `Bearer ${openai}`, undefined, undefined],
    ['messages', undefined, anthropic, undefined],
    ['messages', undefined, anthropic, undefined],
    ['generateContent', undefined, undefined, google],
    ['generateContent', undefined, undefined, google],
  ];
}

test('each official SDK reaches the API of its own provider with the key that the user has stored for it', async () => {
  const { bed, callers } = await threeProviders();
  await exercise(bed.url, callers.ada);
  expect((await bed.requests()).map(asked)).toEqual(sentWith(KEYS));
});

test('the same calls of a user without keys go with the operator’s', async () => {
  const { bed, callers } = await threeProviders();
  await exercise(bed.url, callers.bob);
  const operators = { openai: 'sk-operators-key', anthropic: 'sk-ant-operators-key', google: 'AIza-operators-key' };
  expect((await bed.requests()).map(asked)).toEqual(sentWith(operators));
});
