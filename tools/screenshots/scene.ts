// A proxy with something to show: virtual keys with budgets, several models, one endpoint that fails now and then, traffic of a few seconds.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { type Mock, startMock } from '../../mocks/index.ts';
import { startProxy } from '../../tests/setup/services.ts';

export const TOKEN = 'the-admin-token-of-the-pictures';
const SECONDS = 20;
const PER_SECOND = 12;

export interface Scene {
  readonly url: string;
  /** Resolves when as much has happened as the pictures are to show; requests go on until `close`. */
  readonly played: Promise<void>;
  close(): Promise<void>;
}

/** Starts mocks, proxy and traffic. */
export async function startScene(): Promise<Scene> {
  // Its name is in a picture.
  const folder = join(tmpdir(), 'llmproxy');
  await mkdir(folder);
  const mocks = await Promise.all(
    [180, 320, 90].map((median, index) =>
      startMock({
        seed: index + 1,
        pace: { firstEventMs: { lognormal: { median, sigma: 0.4 } }, tokensPerSecond: 220 },
        ...(index === 1 ? { faults: ['overloaded'], faultRate: 0.2 } : {}),
      }),
    ),
  );
  const config = join(folder, 'llmproxy.yaml');
  await writeFile(config, JSON.stringify(configOf(mocks, join(folder, 'llmproxy.db')), undefined, 2));
  const proxy = await startProxy({ config });
  const over = new AbortController();
  const keys = await makeKeys(proxy.url);
  const running = traffic(proxy.url, keys, over.signal);
  return {
    url: proxy.url,
    played: after(SECONDS * 1_000),
    async close() {
      over.abort();
      await running;
      await proxy.stop();
      await Promise.all(mocks.map((mock) => mock.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configOf([fast, flaky, small]: readonly Mock[], database: string): object {
  const at = (name: string, mock: Mock | undefined, more: object = {}): object => ({
    provider: 'openai',
    name,
    base_url: mock?.baseURL,
    api_key: 'sk-endpoint',
    ...more,
  });
  const anthropic = { provider: 'anthropic', name: 'anthropic', base_url: fast?.baseURL, api_key: 'sk-endpoint' };
  return {
    server: { drain_timeout: '1s' },
    auth: { admin_token: TOKEN },
    database: { url: database },
    models: {
      'gpt-4o': { endpoints: [at('berlin', fast, { weight: 2 }), at('dublin', flaky)] },
      'gpt-4o-mini': { endpoints: [at('berlin', small), at('dublin', flaky)] },
      'claude-sonnet-4-5': { endpoints: [anthropic] },
      'text-embedding-3-small': { endpoints: [at('berlin', small)] },
      'mock-model': { endpoints: [{ provider: 'mock' }] },
    },
  };
}

async function makeKeys(url: string): Promise<string[]> {
  const make = async (path: string, kind: string, body: object): Promise<Record<string, string>> => {
    const answer = await fetch(`${url}/api/governance/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as Record<string, Record<string, string>>)[kind] ?? {};
  };
  const budget = (cents: number): object => ({ budget: { max_limit: cents, reset_duration: '30d' } });
  const customer = await make('customers', 'customer', { name: 'Northwind', ...budget(20) });
  const team = async (name: string, cents: number) =>
    make('teams', 'team', { name, customer_id: customer['id'], ...budget(cents) });
  const [search, support] = [await team('Search', 6), await team('Support', 4)];
  const key = async (name: string, team_id: string | undefined, cents: number): Promise<string> => {
    const made = await make('virtual-keys', 'virtual_key', { name, team_id, ...budget(cents) });
    return String(made['value']);
  };
  return [
    await key('search-ranking', search['id'], 3),
    await key('search-suggest', search['id'], 2),
    await key('support-bot', support['id'], 2),
    await key('support-mail', support['id'], 1),
  ];
}

const QUESTIONS = [
  'Which trains go to the coast on Sunday?',
  'Summarise the last ticket in one sentence.',
  'Translate "good evening" into Danish.',
  'Is this review friendly? The room was small but very clean.',
  'List three names for a bakery.',
];

/** Requests in an order that is the same each time; each waits for no other. */
async function traffic(url: string, keys: readonly string[], signal: AbortSignal): Promise<void> {
  const open = new Set<Promise<unknown>>();
  for (let turn = 0; !signal.aborted; turn += 1) {
    const asked = ask(url, keys[turn % keys.length] ?? '', turn, signal).finally(() => open.delete(asked));
    open.add(asked);
    await after(1_000 / PER_SECOND, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(open);
}

async function ask(url: string, key: string, turn: number, signal: AbortSignal): Promise<void> {
  // Every third question was asked before.
  const question = `${QUESTIONS[turn % QUESTIONS.length]} (${turn % 3 === 0 ? turn % 30 : turn})`;
  const messages = [{ role: 'user', content: question }];
  const [path, body] =
    turn % 7 === 3
      ? ['embeddings', { model: 'text-embedding-3-small', input: question }]
      : [
          'chat/completions',
          {
            model: turn % 40 === 17 ? 'gpt-5-typo' : CHAT_MODELS[turn % CHAT_MODELS.length],
            messages,
            stream: turn % 2 === 0,
            max_tokens: 120,
          },
        ];
  try {
    const answer = await fetch(`${url}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    await answer.text();
  } catch {
    // The pictures are taken, and what still ran is broken off.
  }
}

const CHAT_MODELS = ['gpt-4o-mini', 'gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-5', 'mock-model'];
