import { setTimeout as after } from 'node:timers/promises';
import type { Harness } from './harness.ts';
import { peakBytes, residentBytes } from './machine.ts';
import { ANSWER, ENDLESS, MOCK_CASES, type MockCase } from './mock-cases.ts';
import type { MockResults, MockServerName, PerServer } from './mock-results.ts';
import { teachEndless, type MockLaunchers } from './mock-servers.ts';
import type { Program } from './programs.ts';
import { emptySeries, type Series } from './results.ts';

const MIB = 2 ** 20;
const CONNECTIONS = 16;

export interface MockScale {
  readonly rounds: number;
  /** Requests a case and round. */
  readonly total: number;
  /** Requests before the first round: until then the compilers are at work. */
  readonly warm: number;
  readonly starts: number;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The text of an answer, whole or streamed, in either dialect. */
export function textIn(body: string): string {
  const values = body.startsWith('{') ? [body] : [...body.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => data ?? '');
  return values
    .map((value) => JSON.parse(value) as { delta?: unknown; choices?: Choice[]; output?: Item[] })
    .map(({ delta, choices, output }) => {
      if (typeof delta === 'string') return delta;
      return output === undefined ? contentOf(choices?.[0]) : outputTextOf(output);
    })
    .join('');
}

interface Choice {
  readonly message?: { readonly content?: string };
  readonly delta?: { readonly content?: string };
}

interface Item {
  readonly content?: readonly { readonly text?: string }[];
}

function outputTextOf(output: readonly Item[]): string {
  return output.map(({ content = [] }) => content.map(({ text = '' }) => text).join('')).join('');
}

function contentOf(choice: Choice | undefined): string {
  return choice?.message?.content ?? choice?.delta?.content ?? '';
}

async function verify(harness: Harness, server: Program, name: MockServerName, one: MockCase): Promise<void> {
  const { status, body } = await harness.fetch(server.port, one.request);
  const text = textIn(Buffer.from(body, 'base64').toString('utf8'));
  if (status !== 200 || text !== ANSWER) throw new Error(`${one.id}: ${name} answered ${status} "${text}"`);
}

function loop(harness: Harness, server: Program, one: MockCase, total: number): ReturnType<Harness['loop']> {
  return harness.loop(server, { request: one.request, connections: CONNECTIONS, total, ending: one.ending });
}

/** Rounds interleave the servers; the same processes serve all cases, and what they grew to is their memory under load. */
export async function measureLoad(
  harness: Harness,
  servers: Readonly<Record<MockServerName, Program>>,
  cases: readonly MockCase[],
  scale: MockScale,
): Promise<Pick<MockResults, 'cases' | 'peakMiB'>> {
  const results: MockResults['cases'] = {};
  const programs = Object.entries(servers) as [MockServerName, Program][];
  for (const one of cases) {
    for (const [name, server] of programs) {
      await verify(harness, server, name, one);
      await loop(harness, server, one, scale.warm);
    }
  }
  for (let round = 0; round < scale.rounds; round++) {
    process.stdout.write(`mocks, round ${round + 1} of ${scale.rounds}\n`);
    for (const one of cases) {
      for (const [name, server] of programs) {
        const result = await loop(harness, server, one, scale.total);
        const series = seriesOf((results[one.id] ??= {}), name);
        if (result.cpu !== undefined) series.cpu.push(result.cpu);
        series.first.push(result.first.p50);
        series.firstSlow.push(result.first.p99);
        series.last.push(result.last.p50);
        series.slow.push(result.last.p99);
        series.rate.push(result.done / result.seconds);
      }
    }
  }
  const peaks = programs.map(([name, { pid }]) => [name, tenth(peakBytes(pid) / MIB)] as const);
  return { cases: results, peakMiB: Object.fromEntries(peaks) };
}

function seriesOf(byServer: PerServer<Series>, name: MockServerName): Series {
  return (byServer[name] ??= emptySeries());
}

export async function measureReady(launchers: MockLaunchers, starts: number): Promise<MockResults['ready']> {
  const times: PerServer<number[]> = {};
  for (let round = 0; round < starts; round++) {
    for (const name of ['aimock', 'llmproxy'] as const) {
      const program = await launchers[name]();
      (times[name] ??= []).push(Math.round(program.readyMs));
      await program.stop();
    }
  }
  return times;
}

/** What a just started mock holds more while a stream of more than 50 MB is open and not read. */
async function unreadIn(harness: Harness, server: Program): Promise<{ streamMiB: number; residentMiB: number }> {
  const [, chatStream] = MOCK_CASES;
  if (chatStream !== undefined) await loop(harness, server, chatStream, 200);
  await after(300);
  const before = residentBytes(server.pid);
  await harness.run({ kind: 'unread', port: server.port, request: ENDLESS.request });
  let most = before;
  for (let look = 0; look < 20; look++) {
    await after(100);
    most = Math.max(most, residentBytes(server.pid));
  }
  await harness.run({ kind: 'release' });
  // Read afterwards, so that what reading leaves behind is not counted.
  const { bodyBytes } = await harness.loop(server, { ...ENDLESS, connections: 1, total: 1 });
  return { streamMiB: tenth(bodyBytes / MIB), residentMiB: tenth((most - before) / MIB) };
}

export async function measureUnread(harness: Harness, launchers: MockLaunchers): Promise<MockResults['unread']> {
  const results: PerServer<{ streamMiB: number; residentMiB: number }> = {};
  for (const name of ['aimock', 'llmproxy'] as const) {
    const server = await launchers[name]();
    try {
      if (name === 'llmproxy') await teachEndless(server);
      results[name] = await unreadIn(harness, server);
    } finally {
      await server.stop();
    }
  }
  return results;
}
