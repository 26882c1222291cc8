import OpenAI, { toFile } from 'openai';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startMock } from '../../mocks/index.ts';
import { governedProcess, newKey, type GovernedProcess, within } from './governed-process.ts';

/** US dollars per million tokens; per second, per picture. */
const PRICES = {
  'gpt-image-1': { input: 5, output: 40 },
  'dall-e-3': { image: 0.04 },
  'gpt-4o-transcribe': { input: 2.5, output: 10, audio_input: 6 },
  'whisper-1': { second: 0.0001 },
  'gpt-realtime': { input: 4, output: 16, audio_input: 32, audio_output: 64, cached_input: 0.4 },
};
const BUDGET = { budget: { max_limit: 1_000, reset_duration: '1d' } };

/** A proxy whose mock has all models of `PRICES`, and one that has no price. */
async function mediaProxy(): Promise<GovernedProcess> {
  const mock = await startMock();
  const endpoint = { provider: 'openai', base_url: mock.baseURL, api_key: 'k' };
  const names = [...Object.keys(PRICES), 'omni-moderation-latest', 'gpt-4o-mini-tts'];
  const models = Object.fromEntries(names.map((name) => [name, { endpoints: [endpoint] }]));
  return governedProcess({ database: {}, prices: PRICES, models }, { mock });
}

interface LedgerLine {
  readonly model: string;
  readonly cost_usd: number | null;
  readonly unpriced_requests: number;
}

/** What the report says of each model, once it has that many. */
async function costs(proxy: GovernedProcess, models: number): Promise<Record<string, LedgerLine>> {
  const path = '/usage?group_by=model';
  await expect.poll(async () => (await proxy.admin('GET', path)).body['count']).toBe(models);
  const rows = (await proxy.admin('GET', path)).body['rows'] as LedgerLine[];
  return Object.fromEntries(rows.map((row) => [row.model, row]));
}

const PICTURE = { prompt: 'a cat on a mat', size: '1024x1024' } as const;
/** A quarter of a second of silence. */
const SOUND = Buffer.concat([wavHead(12_000), Buffer.alloc(12_000)]);

function wavHead(bytes: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + bytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(24_000, 24);
  head.writeUInt32LE(48_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(bytes, 40);
  return head;
}

test('pictures and sound are paid for by what their answers say; what says nothing is unpriced, not free', async () => {
  const proxy = await mediaProxy();
  const { id, value } = await newKey(proxy, BUDGET);
  const client = new OpenAI({ baseURL: `${proxy.url()}/v1`, apiKey: value, maxRetries: 0 });

  const made = await client.images.generate({ model: 'gpt-image-1', ...PICTURE });
  const drawn = await client.images.generate({ model: 'dall-e-3', ...PICTURE, n: 1, response_format: 'b64_json' });
  const streamed = await client.images.generate({ model: 'gpt-image-1', ...PICTURE, stream: true });
  const events: OpenAI.ImageGenStreamEvent[] = [];
  for await (const event of streamed) events.push(event);
  const file = (): Promise<File> => toFile(SOUND, 'sound.wav');
  const heard = await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await file() });
  const timed = await client.audio.transcriptions.create({ model: 'whisper-1', file: await file() });
  await client.moderations.create({ model: 'omni-moderation-latest', input: 'hello' });
  await client.files.list();

  const done = events.find((event) => event.type === 'image_generation.completed');
  const pictures = [made.usage, done?.usage].map((usage) => usage!.input_tokens * 5 + usage!.output_tokens * 40);
  const tokens = heard.usage as OpenAI.Audio.Transcription.Tokens;
  const audio = tokens.input_token_details?.audio_tokens ?? 0;
  const transcript = (tokens.input_tokens - audio) * 2.5 + audio * 6 + tokens.output_tokens * 10;
  const { seconds } = timed.usage as OpenAI.Audio.Transcription.Duration;
  expect([drawn.data?.length, seconds > 0, audio > 0, pictures.every((cost) => cost > 0)]).toEqual([
    1,
    true,
    true,
    true,
  ]);

  const expected = {
    'gpt-image-1': (pictures[0]! + pictures[1]!) / 1e6,
    'dall-e-3': 0.04,
    'gpt-4o-transcribe': transcript / 1e6,
    'whisper-1': seconds * 0.0001,
  };
  const rows = await costs(proxy, 6);
  for (const [model, cost] of Object.entries(expected)) {
    expect(rows[model]?.cost_usd, model).toBeCloseTo(cost, 9);
    expect(rows[model]?.unpriced_requests, model).toBe(0);
  }
  expect(rows['omni-moderation-latest']).toMatchObject({ unpriced_requests: 1 });
  expect(rows['null']).toMatchObject({ cost_usd: 0, unpriced_requests: 0 });
  const { body } = await proxy.admin('GET', `/virtual-keys/${id}`);
  const total = Object.values(expected).reduce((sum, cost) => sum + cost, 0);
  expect(within(body, 'virtual_key', 'budget', 'current_usage')).toBeCloseTo(total * 100, 6);
});

interface RealtimeEvent {
  readonly type: string;
  readonly response?: {
    readonly usage: {
      readonly input_tokens: number;
      readonly output_tokens: number;
      readonly input_token_details: {
        readonly audio_tokens: number;
        readonly cached_tokens?: number;
        readonly cached_tokens_details?: { readonly audio_tokens?: number };
      };
      readonly output_token_details: { readonly audio_tokens: number };
    };
  };
}

interface Session {
  readonly socket: WebSocket;
  readonly events: readonly RealtimeEvent[];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly extensions: string;
}

async function openSession(proxy: GovernedProcess, key: string): Promise<Session> {
  const url = `${proxy.url().replace('http', 'ws')}/v1/realtime?model=gpt-realtime`;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${key}` } });
  const events: RealtimeEvent[] = [];
  socket.on('message', (data: Buffer) => events.push(JSON.parse(data.toString()) as RealtimeEvent));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await expect.poll(() => events.map(({ type }) => type)).toContain('session.created');
  return { socket, events, closed, extensions: socket.extensions };
}

const ofType = ({ events }: Session, type: string): RealtimeEvent[] => events.filter((event) => event.type === type);

/** Has the session say something, and waits for the end of it. */
async function say(session: Session, text: string): Promise<void> {
  const before = ofType(session, 'response.done').length;
  const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
  session.socket.send(JSON.stringify({ type: 'conversation.item.create', item }));
  session.socket.send(JSON.stringify({ type: 'response.create' }));
  await expect.poll(() => ofType(session, 'response.done').length).toBe(before + 1);
}

/** Cost in US dollars of what these events report. */
function costOf(done: readonly RealtimeEvent[]): number {
  return done.reduce((sum, { response }) => {
    const usage = response!.usage;
    const { input_tokens: input, output_tokens: output } = usage;
    const { input_token_details: from, output_token_details: to } = usage;
    const cachedAudio = from.cached_tokens_details?.audio_tokens ?? 0;
    const cached = from.cached_tokens ?? 0;
    const audio = from.audio_tokens - cachedAudio;
    const text = (input - cached - audio) * 4 + cached * 0.4 + audio * 32;
    return sum + (text + (output - to.audio_tokens) * 16 + to.audio_tokens * 64) / 1e6;
  }, 0);
}

/** What an upgrade is answered with. */
async function upgradeStatus(proxy: GovernedProcess, key: string): Promise<number | undefined> {
  const socket = new WebSocket(`${proxy.url().replace('http', 'ws')}/v1/realtime?model=gpt-realtime`, {
    headers: { authorization: `Bearer ${key}` },
  });
  socket.on('error', () => undefined);
  const status = await new Promise<number | undefined>((resolve) => {
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
    socket.on('open', () => resolve(101));
  });
  socket.terminate();
  return status;
}

test('a realtime session is one row with the cost of all its answers, charged as they come', async () => {
  const proxy = await mediaProxy();
  const { id, value } = await newKey(proxy, BUDGET);
  const session = await openSession(proxy, value);
  expect(session.extensions).toBe('');
  await say(session, 'hello');
  const spent = async (): Promise<number> => {
    const { body } = await proxy.admin('GET', `/virtual-keys/${id}`);
    return within(body, 'virtual_key', 'budget', 'current_usage') as number;
  };
  const first = costOf(ofType(session, 'response.done'));
  expect(first).toBeGreaterThan(0);
  await expect.poll(spent).toBeCloseTo(first * 100, 6);
  await say(session, 'once more');
  session.socket.close(1000);
  await session.closed;
  const rows = await costs(proxy, 1);
  const cost = costOf(ofType(session, 'response.done'));
  expect(rows['gpt-realtime']).toMatchObject({ requests: 1, unpriced_requests: 0 });
  expect(rows['gpt-realtime']?.cost_usd).toBeCloseTo(cost, 9);
  expect(await spent()).toBeCloseTo(cost * 100, 6);
});

test('a session ends when its budget is used up, and another is not opened', async () => {
  const proxy = await mediaProxy();
  const { value } = await newKey(proxy, { budget: { max_limit: 1, reset_duration: '1d' } });
  const session = await openSession(proxy, value);
  const talk = async (): Promise<void> => {
    while (session.socket.readyState === WebSocket.OPEN) await say(session, 'hello '.repeat(500));
  };
  const talking = talk().catch(() => undefined);
  expect(await session.closed).toEqual({ code: 1008, reason: 'budget_exceeded: The budget of the key is used up.' });
  await talking;
  const cents = costOf(ofType(session, 'response.done')) * 100;
  expect(cents).toBeGreaterThanOrEqual(1);
  expect(await upgradeStatus(proxy, value)).toBe(402);
});

test('a session ends at the next answer once its key is switched off', async () => {
  const proxy = await mediaProxy();
  const { id, value } = await newKey(proxy, BUDGET);
  const session = await openSession(proxy, value);
  await say(session, 'hello');
  expect((await proxy.admin('PUT', `/virtual-keys/${id}`, { is_active: false })).status).toBe(200);
  await say(session, 'are you there');
  expect(await session.closed).toMatchObject({ code: 1008, reason: expect.stringContaining('virtual_key_blocked') });
});

test('a session that a minted secret opens is charged to the key that had it minted, and ends with it', async () => {
  const proxy = await mediaProxy();
  const { id, value } = await newKey(proxy, BUDGET);
  const client = new OpenAI({ baseURL: `${proxy.url()}/v1`, apiKey: value, maxRetries: 0 });
  const minted = await client.realtime.clientSecrets.create({ session: { type: 'realtime', model: 'gpt-realtime' } });
  expect(minted.value).toMatch(/^ek_/);
  const session = await openSession(proxy, minted.value);
  await say(session, 'hello');
  const { body } = await proxy.admin('GET', `/virtual-keys/${id}`);
  const cost = costOf(ofType(session, 'response.done'));
  expect(cost).toBeGreaterThan(0);
  expect(within(body, 'virtual_key', 'budget', 'current_usage')).toBeCloseTo(cost * 100, 6);
  expect((await proxy.admin('PUT', `/virtual-keys/${id}`, { is_active: false })).status).toBe(200);
  await say(session, 'are you there');
  expect(await session.closed).toMatchObject({ code: 1008 });
  expect(await upgradeStatus(proxy, minted.value)).toBe(403);
});
