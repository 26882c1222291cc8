import { setTimeout as after } from 'node:timers/promises';
import { startMock } from '../../mocks/index.ts';
import type { CatalogueEntry, Mock } from '../../mocks/index.ts';
import { App, parseConfig } from '../../proxy/index.ts';
import { exchange, type Exchange } from './client.ts';
import { READERS } from './shapes/table.ts';
import { verdictOf } from './verdict.ts';
import { ENDPOINTS, MODEL, type EndpointKind, type Way } from './ways.ts';

/** What became of one request that met a fault. */
export interface Cell {
  readonly words: string;
  readonly waitedMs: number;
}

export const TIMEOUTS = {
  connect: '1s',
  first_byte: '1500ms',
  first_content: '3s',
  answer: '3s',
  idle: '1500ms',
  total: '5s',
} as const;
/** Longer than all bounds of the configuration together; what lasts longer is a hang. */
const PATIENCE_MS = 12_000;
const JOURNAL_TRIES = 50;
const JOURNAL_PAUSE_MS = 100;
const SENTENCE = 'The Danube rises in the Black Forest and ends in the Black Sea, 2,850 kilometres later.';
/** What the endpoint says; Gemini streams large pieces, and a short text would be one. */
const TEXTS: Readonly<Record<EndpointKind, string>> = {
  openai: SENTENCE,
  chat: SENTENCE,
  responses: SENTENCE,
  anthropic: SENTENCE,
  gemini: Array.from({ length: 12 }, (_, place) => `${place + 1}. ${SENTENCE}`).join(' '),
};
/** Events of a message stream before the second delta: faults in the middle come behind some content. */
const ANTHROPIC_OPENING = 4;

/** Faults whose usual parameters would last for minutes, or that a short timeout makes into another fault. */
const SETTINGS: Readonly<Record<string, string>> = {
  trickle: 'trickle;ms=20',
  delay: 'delay;ms=3000',
  'slow-headers': 'slow-headers;ms=100',
};

function settingOf({ name, parameters }: CatalogueEntry, { endpoint }: Way): string {
  const setting = SETTINGS[name] ?? name;
  const after = Number(parameters['after']?.default ?? 0);
  return endpoint === 'anthropic' && after > 0 ? `${setting};after=${ANTHROPIC_OPENING + after}` : setting;
}

/**
 * What no reader of the bytes can find out. Events of a Responses stream are numbered, chunks of Gemini's are counted, and OpenAI
 * pads those of a chat stream with random letters; Anthropic's have nothing of all that.
 */
function isHidden(name: string, { shape, endpoint, stream }: Way): boolean {
  const spoken = endpoint === 'openai' ? shape : endpoint;
  if (!stream || spoken === 'gemini' || spoken === 'responses') return false;
  return name === 'out-of-order' || (name === 'duplicate-event' && spoken === 'anthropic');
}

/** Faults that show on the second request of a connection. */
const SECOND = new Set(['close-at-reuse', 'idle-close']);

async function startProxy(mocks: readonly Mock[], { endpoint }: Way): Promise<App> {
  const endpoints = mocks.map((mock, place) => ({
    ...ENDPOINTS[endpoint](mock),
    name: place === 0 ? 'faulty' : 'healthy',
    api_key: `sk-reliability-${place}`,
    // The healthy endpoint is for what the faulty one cannot serve.
    weight: place === 0 ? 1 : 0,
  }));
  const text = JSON.stringify({
    server: { port: 0, drain_timeout: '1s' },
    routing: { timeouts: TIMEOUTS },
    models: { [MODEL]: { endpoints } },
  });
  return App.start({
    load: () => parseConfig(text, 'reliability.yaml', { environment: {} }),
    logSink: { write: () => undefined, flush: () => undefined },
  });
}

function ask(url: string, way: Way, prompt: string, headers: Readonly<Record<string, string>> = {}): Promise<Exchange> {
  const reader = READERS[way.shape];
  return exchange({
    url: `${url}${reader.path(MODEL, way.stream)}`,
    body: reader.body(MODEL, prompt, way.stream),
    headers,
    patienceMs: PATIENCE_MS,
  });
}

/** Whether the request would now be answered without an endpoint. */
async function isStored(url: string, way: Way, prompt: string): Promise<boolean> {
  return (await ask(url, way, prompt, { 'cache-control': 'only-if-cached' })).status === 200;
}

/** Whether the mock has played its fault; `refuse` closes the port of the journal for a second. */
async function met(mock: Mock): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      return (await mock.requests()).some(({ fault }) => fault !== undefined);
    } catch (error) {
      if (tries === JOURNAL_TRIES) throw error;
      await after(JOURNAL_PAUSE_MS);
    }
  }
}

async function judge(app: App, mocks: readonly Mock[], way: Way, name: string): Promise<Cell | undefined> {
  if (SECOND.has(name)) await ask(app.url, way, 'How long is the Rhine?');
  const seen = await ask(app.url, way, 'How long is the Danube?');
  if (mocks[0] === undefined || !(await met(mocks[0]))) return undefined;
  const healthy = way.alone ? undefined : `${MODEL}/healthy`;
  const verdict = verdictOf(seen, { ...way, text: TEXTS[way.endpoint], healthy });
  if (!verdict.good && isHidden(name, way)) return { words: `${verdict.words} (hidden)`, waitedMs: seen.tookMs };
  const stored = !verdict.good && (await isStored(app.url, way, 'How long is the Danube?'));
  return { words: stored ? `${verdict.words}, stored` : verdict.words, waitedMs: seen.tookMs };
}

/** Plays a fault for one request, through a proxy and mocks of its own; undefined when the fault has nothing to spoil in such an answer. */
export async function play(fault: CatalogueEntry, way: Way): Promise<Cell | undefined> {
  const { name, answers } = fault;
  if (answers === 'frames' || (answers === 'stream' && !way.stream) || (answers === 'json' && way.stream)) {
    return undefined;
  }
  const mocks = await Promise.all(Array.from({ length: way.alone ? 1 : 2 }, () => startMock()));
  try {
    for (const mock of mocks) await mock.answer({ reply: { text: TEXTS[way.endpoint] } });
    await mocks[0]?.fault({ fault: settingOf(fault, way) });
    const app = await startProxy(mocks, way);
    try {
      return await judge(app, mocks, way, name);
    } finally {
      await app.close();
    }
  } finally {
    await Promise.all(mocks.map((mock) => mock.close()));
  }
}
