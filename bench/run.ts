// `npm run bench [-- --quick]`: measures the proxy, its floor and its peers in one run; prints the targets and writes
// results/latest.json and results/latest.md.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRedis } from '../tests/setup/redis.ts';
import { CASES, pathFor, type Case } from './cases.ts';
import { Harness } from './harness.ts';
import { chatRequest, type RequestShape } from './jobs.ts';
import { describeMachine } from './machine.ts';
import { renderReport, renderSummary } from './report.ts';
import type { Results, Series } from './results.ts';
import { launchersFor, startServers, type Launchers, type ServerName, type Servers } from './servers.ts';
import { drift, follow, memoryPerStream, openAfterVanishing, startTimes } from './special.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const scale = values.quick
  ? { rounds: 2, share: 0.25, streams: 200, mixed: 10_000, starts: 2, follow: 1 }
  : { rounds: 5, share: 1, streams: 1_000, mixed: 200_000, starts: 5, follow: 3 };

/** Servers whose answers may differ in form from upstream's, which is then noted. */
const REWRITES: readonly ServerName[] = ['portkey'];

function installPeers(): void {
  if (existsSync(here('node_modules/@portkey-ai/gateway'))) return;
  console.log('Installing the peers of the benchmark …');
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: here('.'), stdio: 'inherit' });
  if (status !== 0) throw new Error('the peers of bench/package.json could not be installed');
}

function requestFor(harness: Harness, server: ServerName, one: Case): RequestShape {
  const upstream = `http://127.0.0.1:${harness.upstream.port}/v1`;
  return chatRequest({ ...one.chat, upstream, path: pathFor(server, one) });
}

function serversOf(servers: Servers, one: Case): ServerName[] {
  return one.servers.filter((name) => servers[name] !== undefined);
}

/** Compares the answer of every server in every case with upstream's own, before anything is timed. */
async function verify(harness: Harness, servers: Servers, notes: string[]): Promise<void> {
  for (const one of CASES) {
    const expected = await harness.fetch(harness.upstream.port, requestFor(harness, 'direct', one));
    for (const name of serversOf(servers, one)) {
      const request = requestFor(harness, name, one);
      // Twice: the second answer of a cache is the one that will be timed.
      for (const answer of [
        await fetchFrom(harness, servers, name, request),
        await fetchFrom(harness, servers, name, request),
      ]) {
        if (answer.status !== 200) throw new Error(`${one.id}: ${name} answered ${answer.status}`);
        if (answer.body === expected.body) continue;
        const note = `${one.id}: the bytes of ${name} are not those of upstream.`;
        if (!REWRITES.includes(name)) throw new Error(note);
        if (!notes.includes(note)) notes.push(note);
      }
    }
  }
}

function fetchFrom(
  harness: Harness,
  servers: Servers,
  name: ServerName,
  request: RequestShape,
): ReturnType<Harness['fetch']> {
  return harness.fetch(servers[name]?.port ?? 0, request);
}

async function warmUp(harness: Harness, servers: Servers): Promise<void> {
  for (const one of CASES) {
    for (const name of serversOf(servers, one)) {
      const program = servers[name];
      if (program === undefined || name === 'direct') continue;
      const total = Math.ceil(one.warm * Math.max(scale.share, 0.5));
      await harness.loop(program, { request: requestFor(harness, name, one), connections: one.connections, total });
    }
  }
}

/** Rounds interleave the servers: what disturbs the machine for a while disturbs all of them. */
async function measure(harness: Harness, servers: Servers, results: Results): Promise<void> {
  for (let round = 0; round < scale.rounds; round++) {
    process.stdout.write(`round ${round + 1} of ${scale.rounds}\n`);
    for (const one of CASES) {
      const total = Math.max(one.connections, Math.ceil(one.total * scale.share));
      for (const name of serversOf(servers, one)) {
        const program = servers[name];
        if (program === undefined) continue;
        const request = requestFor(harness, name, one);
        const result = await harness.loop(program, { request, connections: one.connections, total });
        const series = seriesOf(results, one, name);
        if (result.cpu !== undefined) series.cpu.push(result.cpu);
        series.first.push(result.first.p50);
        series.last.push(result.last.p50);
        series.slow.push(result.last.p99);
        series.rate.push(result.done / result.seconds);
      }
    }
  }
}

function seriesOf(results: Results, { id }: Case, name: ServerName): Series {
  const byServer = (results.cases[id] ??= {});
  return (byServer[name] ??= { cpu: [], first: [], last: [], slow: [], rate: [] });
}

async function special(
  harness: Harness,
  servers: Servers,
  launchers: Launchers,
): Promise<Pick<Results, 'memory' | 'vanished' | 'follow' | 'drift' | 'start'>> {
  const memory: Results['memory'] = {};
  const vanished: Results['vanished'] = {};
  for (const name of ['floor', 'relay', 'nginx', 'haproxy', 'middleware', 'portkey', 'llmproxy'] as const) {
    const program = await launchers[name]?.();
    if (program === undefined) continue;
    vanished[name] = await openAfterVanishing(harness, program);
    memory[name] = await memoryPerStream(harness, program, scale.streams);
    await program.stop();
  }
  const { llmproxy } = servers;
  if (llmproxy === undefined) throw new Error('the proxy is not running');
  return {
    memory,
    vanished,
    follow: await follow(harness, llmproxy, scale.follow),
    drift: await drift(harness, llmproxy, scale.mixed),
    start: await startTimes(harness, scale.starts),
  };
}

async function main(): Promise<void> {
  installPeers();
  const harness = await Harness.start();
  const redis = await startRedis();
  const launchers = launchersFor(harness.upstream, redis.url);
  const servers = await startServers(launchers);
  const notes: string[] = [];
  try {
    await verify(harness, servers, notes);
    await warmUp(harness, servers);
    const cases: Results['cases'] = {};
    const base = { at: new Date().toISOString(), quick: values.quick, machine: describeMachine(), notes, cases };
    const empty = { memory: {}, vanished: {}, follow: { clients: 0, upstream: 0, cpuPerClient: 0 } };
    const blank: Results = {
      ...base,
      ...empty,
      drift: { requests: 0, residentMiB: [] },
      start: { bare: [], bundled: [] },
    };
    await measure(harness, servers, blank);
    const results: Results = { ...blank, ...(await special(harness, servers, launchers)) };
    mkdirSync(here('results'), { recursive: true });
    writeFileSync(here('results/latest.json'), `${JSON.stringify(results, undefined, 2)}\n`);
    writeFileSync(here('results/latest.md'), renderReport(results));
    console.log(`\n${renderSummary(results)}\n\nAll of it: bench/results/latest.md`);
  } finally {
    await Promise.all(Object.values(servers).map((program) => program.stop()));
    await Promise.all([redis.stop(), harness.stop()]);
  }
}

await main();
