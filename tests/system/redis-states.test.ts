import { writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { startRedis } from '../setup/redis.ts';
import { chat, nonce } from './ask.ts';
import { type Bed, startBed } from './bed.ts';
import { startFaultyLink } from './faulty-link.ts';
import { command } from './redis-command.ts';
import { STATES } from './redis-states.ts';

const REQUESTS = 20;
/** A state costs the median request less than this, and the worst one less than that; the machine may be very busy. */
const MEDIAN_MS = 300;
const WORST_MS = 3_000;

interface Row {
  readonly state: string;
  readonly added: Latency;
  readonly recoveryMs: number | undefined;
  readonly lines: readonly string[];
}

interface Latency {
  readonly median: number;
  readonly worst: number;
}

const rows: Row[] = [];

test.for(STATES)('Redis is $name', { timeout: 60_000 }, async (state) => {
  const redis = await startRedis();
  await using link = await startFaultyLink(redis.port);
  const scene = { redis, link };
  try {
    await state.before?.(scene);
    const url = state.url?.(scene) ?? `redis://127.0.0.1:${link.port}`;
    await using plain = await startBed();
    await using bed = await startBed({ config: { redis: { url }, log: { format: 'json' } } });
    if (state.disturb) await expect.poll(() => health(bed)).toMatchObject({ redis_connected: true });
    // The first requests of a process compile what they need.
    await measure(plain);
    const base = await measure(plain);
    await state.disturb?.(scene);
    const latency = await measure(bed);
    const added = { median: latency.median - base.median, worst: latency.worst - base.median };
    expect(added.median).toBeLessThan(MEDIAN_MS);
    expect(added.worst).toBeLessThan(WORST_MS);
    await expect.poll(() => health(bed), { timeout: 10_000 }).toMatchObject(state.health);
    const recoveryMs = state.heal && (await recovery(bed, () => state.heal?.(scene)));
    const lines = redisLines(bed);
    if (state.log) expect(lines.join('\n')).toMatch(state.log);
    else await expect.poll(() => storedBy(bed, redis.port)).toBeGreaterThan(REQUESTS / 2);
    rows.push({ state: state.name, added, recoveryMs, lines });
  } finally {
    await redis.stop();
  }
});

afterAll(() => {
  const place = process.env['LLMPROXY_REDIS_DOC'];
  if (place !== undefined && rows.length === STATES.length) writeFileSync(place, report(rows));
});

async function health(bed: Bed): Promise<unknown> {
  return (await fetch(`${bed.url}/health`)).json();
}

/** Every request gets its answer; how long they take, one after the other. */
async function measure(bed: Bed): Promise<Latency> {
  const times: number[] = [];
  for (let turn = 0; turn < REQUESTS; turn += 1) {
    const started = performance.now();
    await bed.client().chat.completions.create(chat(nonce()));
    times.push(performance.now() - started);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return { median: sorted[REQUESTS / 2] ?? 0, worst: sorted.at(-1) ?? 0 };
}

/** Keys on Redis after one request more: what a moment of trouble kept away is made up for by later ones. */
async function storedBy(bed: Bed, port: number): Promise<number> {
  await bed.client().chat.completions.create(chat(nonce()));
  return Number((await command(port, 'DBSIZE')).slice(1));
}

async function recovery(bed: Bed, heal: () => unknown): Promise<number> {
  await heal();
  const started = performance.now();
  const well = { status: 'healthy', redis_connected: true, redis_refuses: null };
  await expect.poll(() => health(bed), { timeout: 20_000, interval: 20 }).toMatchObject(well);
  return performance.now() - started;
}

/** The log's lines about Redis: level, message and reason. */
function redisLines(bed: Bed): string[] {
  const entries = bed
    .log()
    .split('\n')
    .filter((line) => /redis/i.test(line));
  return entries.map((line) => {
    const { level, msg, reason } = JSON.parse(line) as Record<string, string>;
    return [level, msg, reason].filter((part) => part !== undefined).join(': ');
  });
}

function report(all: readonly Row[]): string {
  const ms = (value: number): string => `${Math.max(0, Math.round(value))} ms`;
  const lines = all.map(({ state, added, recoveryMs, lines: log }) => {
    const back = recoveryMs === undefined ? '–' : ms(recoveryMs);
    return `| ${state} | ${ms(added.median)} | ${ms(added.worst)} | ${back} | ${[...new Set(log)].map((line) => `\`${line.replaceAll(/:\d{4,5}\b/g, ':PORT')}\``).join('<br>') || '–'} |`;
  });
  return [...INTRODUCTION, ...lines, ''].join('\n');
}

const INTRODUCTION = [
  '# Redis in trouble',
  '',
  'Redis costs the sharing between replicas, never an answer. This is what a request that misses the cache pays in addition to one of a',
  'proxy without Redis (median and worst of 20, one after the other), how long the proxy takes to use Redis again once that is well, and',
  'what it logs in the meantime. `tests/system/redis-states.test.ts` measures it and writes this page; its numbers are of a machine that was',
  'busy with other work.',
  '',
  '| Redis is | median | worst | used again after | log |',
  '|---|---|---|---|---|',
];
