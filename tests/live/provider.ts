import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { expect, inject, type TestContext } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import type { App } from '../../proxy/index.ts';
import { startLiveMeter, type LiveMeter } from '../setup/live-meter.ts';
import { clientOf, startApp } from '../system/bed.ts';

/** Most tokens that a call of these tests may be answered with. */
export const MAX_TOKENS = 48;
const QUESTION = 'What is the capital of France? Answer with one word.';
const KEY_OF_MOCK = 'key-of-the-mock';

/** What a provider says that a call used. */
export interface Reported {
  readonly text: string;
  readonly input: number;
  readonly output: number;
}

export interface LiveProvider {
  readonly provider: 'openai' | 'anthropic' | 'gemini';
  /** As `llmproxy benchmark` calls the provider. */
  readonly id: string;
  /** In llmproxy.integration.yaml. */
  readonly model: string;
  readonly keys: readonly string[];
  /** Names the address of the provider for `llmproxy benchmark`. */
  readonly address: string;
  readonly mockPath: string;
  /** USD per million tokens, for the relay in front of the mock. */
  readonly price: { readonly input: number; readonly output: number };
  /** One whole answer, asked for with the provider's own SDK through the proxy at `url`. */
  ask(url: string, model: string): Promise<Reported>;
}

export const LIVE_PROVIDERS: readonly LiveProvider[] = [
  {
    provider: 'openai',
    id: 'openai',
    model: 'gpt-4o-mini',
    keys: ['OPENAI_API_KEY'],
    address: 'OPENAI_BASE_URL',
    mockPath: '/v1',
    price: { input: 0.15, output: 0.6 },
    ask: async (url, model) => {
      const messages = [{ role: 'user' as const, content: QUESTION }];
      const answer = await clientOf(url).chat.completions.create({ model, max_tokens: MAX_TOKENS, messages });
      const { prompt_tokens: input = 0, completion_tokens: output = 0 } = answer.usage ?? {};
      return { text: answer.choices[0]?.message.content ?? '', input, output };
    },
  },
  {
    provider: 'anthropic',
    id: 'anthropic',
    model: 'claude-haiku-4-5',
    keys: ['ANTHROPIC_API_KEY'],
    address: 'ANTHROPIC_BASE_URL',
    mockPath: '/v1',
    price: { input: 1, output: 5 },
    ask: async (url, model) => {
      const client = new Anthropic({ baseURL: url, apiKey: 'sk-client', maxRetries: 0, logLevel: 'off' });
      const messages = [{ role: 'user' as const, content: QUESTION }];
      const { content, usage } = await client.messages.create({ model, max_tokens: MAX_TOKENS, messages });
      const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('');
      const { input_tokens: fresh, cache_read_input_tokens: read, cache_creation_input_tokens: written } = usage;
      return { text, input: fresh + (read ?? 0) + (written ?? 0), output: usage.output_tokens };
    },
  },
  {
    provider: 'gemini',
    id: 'google',
    model: 'gemini-2.5-flash-lite',
    keys: ['GOOGLE_API_KEY', 'GEMINI_API_KEY'],
    address: 'GOOGLE_GEMINI_BASE_URL',
    mockPath: '/v1beta',
    price: { input: 0.1, output: 0.4 },
    ask: async (url, model) => {
      const client = new GoogleGenAI({ apiKey: 'sk-client', httpOptions: { baseUrl: url } });
      const config = { maxOutputTokens: MAX_TOKENS };
      const answer = await client.models.generateContent({ model, contents: QUESTION, config });
      const { promptTokenCount = 0, candidatesTokenCount = 0, thoughtsTokenCount = 0 } = answer.usageMetadata ?? {};
      return { text: answer.text ?? '', input: promptTokenCount, output: candidatesTokenCount + thoughtsTokenCount };
    },
  },
];

/** The same question as a stream, with the OpenAI SDK, whatever the provider. */
export async function askStreamed(url: string, model: string): Promise<Reported> {
  const stream = await clientOf(url).chat.completions.create({
    model,
    max_completion_tokens: MAX_TOKENS,
    messages: [{ role: 'user', content: QUESTION }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let [text, input, output] = ['', 0, 0];
  for await (const { choices, usage } of stream) {
    text += choices[0]?.delta.content ?? '';
    if (usage) [input, output] = [usage.prompt_tokens, usage.completion_tokens];
  }
  return { text, input, output };
}

/** A proxy with a ledger in front of one provider: the real one in a live run, else the bundled mock. */
export interface LiveBed {
  readonly url: string;
  /** What the provider calls the model. */
  readonly model: string;
  readonly key: string;
  /** The relay that all calls leave by. */
  readonly address: string;
  /** Only where the mock stands for the provider. */
  readonly mocked: { readonly mock: Mock; readonly meter: LiveMeter } | undefined;
  ledger(): Promise<Ledger>;
  close(): Promise<void>;
}

export interface Ledger {
  readonly requests: number;
  readonly input: number;
  readonly output: number;
  readonly costUsd: number | null;
}

const GAP_MS = 0;
const MOCK_CAPS = { maxUsd: 0.01, maxCalls: 12, gapMs: GAP_MS };

/** Undefined in a live run without a key of the provider. */
export async function startLiveBed(one: LiveProvider): Promise<LiveBed | undefined> {
  if (!inject('live')) {
    const mock = await startMock();
    const meter = await startLiveMeter({
      endpoints: [{ baseUrl: `${mock.url}${one.mockPath}`, price: one.price }],
      ...MOCK_CAPS,
    });
    return bedOf(one, { model: one.model, address: meter.baseUrl(0), key: KEY_OF_MOCK }, { mock, meter });
  }
  const endpoint = inject('liveEndpoints')[one.model];
  const key = one.keys.map((name) => process.env[name]).find((value) => value !== undefined && value !== '');
  if (endpoint === undefined || key === undefined) return undefined;
  return bedOf(one, { model: endpoint.model, address: endpoint.baseUrl, key }, undefined);
}

type Endpoint = Pick<LiveBed, 'model' | 'address' | 'key'>;

async function bedOf(one: LiveProvider, endpoint: Endpoint, mocked: LiveBed['mocked']): Promise<LiveBed> {
  const { model, address, key } = endpoint;
  const app: App = await startApp({
    auth: { admin: 'open' },
    database: { url: ':memory:' },
    cache: { enabled: false },
    routing: { attempts: 1 },
    models: { [one.model]: { endpoints: [{ provider: one.provider, base_url: address, api_key: key, model }] } },
  });
  return {
    url: app.url,
    ...endpoint,
    mocked,
    ledger: () => ledgerOf(app.url),
    close: async () => {
      await app.close();
      await mocked?.meter.stop();
      await mocked?.mock.close();
    },
  };
}

async function ledgerOf(url: string): Promise<Ledger> {
  const answer = await fetch(`${url}/api/governance/usage?group_by=model`);
  expect(answer.status).toBe(200);
  const { totals } = (await answer.json()) as { totals: Readonly<Record<string, number | null>> };
  const { requests, input_tokens: input, output_tokens: output, cost_usd: costUsd = null } = totals;
  return { requests: requests ?? 0, input: input ?? 0, output: output ?? 0, costUsd };
}

/** The bed, or the test is skipped with the reason. */
export function needsBed(context: TestContext, bed: LiveBed | undefined, { keys }: LiveProvider): LiveBed {
  if (bed === undefined) context.skip(`${keys.join(' or ')} is not set: nothing goes out to this provider`);
  return bed;
}
