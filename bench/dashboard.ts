// What the dashboard costs the proxy: `node bench/dashboard.ts [--seconds 2] [--rounds 20] [--pairs 2]`. 1,000 requests a second, four of five
// answered by the cache, to a proxy without the dashboard and to one with it: closed, one page of live figures open, one of requests besides.
// CPU time of the process for each request; rounds alternate, pairs are new processes. On a machine with other work only the difference counts.
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ProxyProcess, startMocks, startProxy } from '../tests/setup/services.ts';
import { cpuMicros, describeMachine } from './machine.ts';

const RATE = 1_000;
const TICK_MS = 10;
const MODEL = 'gpt-4o-mini';
const SETTLE_SECONDS = 1;
const WARM_SECONDS = 8;
/** Of so many requests one is new to the cache. */
const NEW_EVERY = 5;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '20' },
    pairs: { type: 'string', default: '2' },
  },
});
const seconds = Number(values.seconds);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
let asked = 0;

interface Mode {
  readonly name: string;
  readonly pages: readonly string[];
  /** Per cent of CPU time more than without the dashboard that is allowed. */
  readonly most?: number;
}

const LIVE = '/api/admin/live/events';
const REQUESTS = '/api/admin/exchanges/events';
const MODES: readonly Mode[] = [
  { name: 'off', pages: [] },
  { name: 'closed', pages: [], most: 0.5 },
  { name: 'live open', pages: [LIVE], most: 2 },
  { name: 'live and requests open', pages: [LIVE, REQUESTS], most: 2 },
];

/** One answer, whose body is read. */
function ask(url: string): Promise<void> {
  asked += 1;
  const content = asked % NEW_EVERY === 0 ? `new ${asked}` : `known ${asked % 50}`;
  const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }] });
  return new Promise((resolve, reject) => {
    const call = request(
      `${url}/v1/chat/completions`,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        if (response.statusCode !== 200) reject(new Error(`the proxy answered ${response.statusCode}`));
        response.resume().once('end', resolve);
      },
    );
    call.once('error', reject).end(body);
  });
}

/** Sends requests at the rate, whether or not earlier ones are answered; resolves when all are. */
async function load(url: string, forSeconds: number): Promise<number> {
  const startedAt = performance.now();
  const running: Promise<void>[] = [];
  const total = RATE * forSeconds;
  while (running.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * RATE) / 1_000));
    while (running.length < due) running.push(ask(url));
    await after(TICK_MS);
  }
  await Promise.all(running);
  return total;
}

/** Opens an event stream and reads it. */
function listen(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = get(url, { agent: false }, (response) => {
      response.on('error', () => undefined).resume();
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`${url} answered ${response.statusCode}`));
    });
    call.once('error', reject);
  });
}

/** CPU time of the proxy in µs for each request. */
async function measure(mode: Mode, { url, pid }: { readonly url: string; readonly pid: number }): Promise<number> {
  const pages = await Promise.all(mode.pages.map((path) => listen(`${url}${path}`)));
  // Memory that it has given back while it was idle is taken again.
  await load(url, SETTLE_SECONDS);
  const before = cpuMicros(pid) ?? 0;
  const requests = await load(url, seconds);
  const spent = (cpuMicros(pid) ?? 0) - before;
  for (const page of pages) page.destroy();
  return spent / requests;
}

/** Starts a proxy for each mode, so that all are idle for as long between their rounds, and measures all modes in turn, each round in another order. */
async function pair(mockUrl: string): Promise<Map<string, number[]>> {
  const proxies = new Map<string, ProxyProcess>();
  try {
    for (const { name } of MODES) {
      const proxy = await startProxy({
        config: {
          admin: { dashboard: name !== 'off' },
          log: { level: 'error' },
          models: { [MODEL]: { endpoints: [{ provider: 'openai', base_url: `${mockUrl}/v1`, api_key: 'sk-x' }] } },
        },
      });
      proxies.set(name, proxy);
      await load(proxy.url, WARM_SECONDS);
    }
    const found = new Map<string, number[]>(MODES.map(({ name }) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const order = [...MODES.slice(round % MODES.length), ...MODES.slice(0, round % MODES.length)];
      for (const mode of order) {
        const proxy = proxies.get(mode.name);
        if (proxy) found.get(mode.name)?.push(await measure(mode, proxy));
      }
    }
    return found;
  } finally {
    await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
  }
}

/** What a round takes where nothing else disturbs it: the value that a tenth of the rounds lies below. */
function undisturbed(rounds: readonly number[]): number {
  return rounds.toSorted((a, b) => a - b)[Math.floor(rounds.length / 10)] ?? Number.NaN;
}

const mocks = await startMocks(1);
const pairs: Map<string, number>[] = [];
try {
  for (let turn = 0; turn < Number(values.pairs); turn += 1) {
    const found = await pair(mocks.urls[0] ?? '');
    pairs.push(new Map([...found].map(([name, rounds]) => [name, undisturbed(rounds)])));
  }
} finally {
  agent.destroy();
  await mocks.stop();
}
console.log(JSON.stringify(describeMachine()));
for (const { name, most } of MODES) {
  const micros = pairs.map((pair) => pair.get(name) ?? Number.NaN);
  const more = pairs.map((pair, turn) => ((micros[turn] ?? 0) / (pair.get('off') ?? Number.NaN) - 1) * 100);
  const shown = (numbers: readonly number[]): string => numbers.map((number) => number.toFixed(1)).join(', ');
  console.log(
    `${name.padEnd(24)} ${shown(micros)} µs a request` +
      (most === undefined ? '' : `; ${shown(more)} % more than off, at most ${most}`),
  );
}
