// `npm run bench [-- --quick]`: measures the proxy, its floor and its peers in one run; prints the targets and writes
// results/latest.json and results/latest.md; then the mock beside its peer: results/mock-latest.json and mock-latest.md.
// `--only mock` is the mock alone; `--only pass-small,mock-chat` prints those cases and writes nothing.
// `--only stored-keys` is the start with many keys, `--only auto-pick` what the choice of a model costs. With `--alone` they are run by the proxy without its peers.
// `--against COMMIT` runs the proxy of that commit beside this one, interleaved, and prints both and their ratio.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRedis } from '../tests/setup/redis.ts';
import { benchAgainst } from './against.ts';
import { autoPick, renderPicks } from './auto-pick.ts';
import { type Case, CASES, needsMessages } from './cases.ts';
import { Harness } from './harness.ts';
import { describeMachine } from './machine.ts';
import { MOCK_CASES } from './mock-cases.ts';
import { benchMock } from './mock-run.ts';
import { onPath } from './programs.ts';
import { renderCases, renderKeys, renderReport, renderSummary } from './report.ts';
import type { Results } from './results.ts';
import { measure, verify, warmUp, type Plan } from './rounds.ts';
import { launchersFor, startServers, type Launchers, type Servers } from './servers.ts';
import { NO_KEYS, storedKeys } from './stored-keys.ts';
import { drift, follow, memoryPerStream, openAfterVanishing, startTimes } from './special.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    alone: { type: 'boolean', default: false },
    against: { type: 'string' },
  },
});
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const scale = values.quick
  ? { rounds: 2, share: 0.25, streams: 200, mixed: 10_000, starts: 2, follow: 1 }
  : { rounds: 5, share: 1, streams: 1_000, mixed: 200_000, starts: 5, follow: 3 };

function installPeers(): void {
  const peers = ['@portkey-ai/gateway', '@copilotkit/aimock'];
  if (peers.every((name) => existsSync(here(`node_modules/${name}`)))) return;
  console.log('Installing the peers of the benchmark …');
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: here('.'), stdio: 'inherit' });
  if (status !== 0) throw new Error('the peers of bench/package.json could not be installed');
}

/** Cases of the proxy alone need no peer. */
function needsPeers(proxy: Plan | undefined, mock: readonly string[] | undefined): boolean {
  return mock !== undefined || (proxy?.cases.some(({ servers }) => servers.includes('portkey')) ?? false);
}

async function special(
  harness: Harness,
  servers: Servers,
  launchers: Launchers,
): Promise<Pick<Results, 'memory' | 'vanished' | 'follow' | 'drift' | 'start' | 'keys'>> {
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
    keys: await storedKeys(harness, scale.starts),
  };
}

const alone = (one: Case): Case => ({ ...one, servers: one.servers.filter((name) => name.startsWith('llmproxy')) });

interface Planned {
  /** Undefined: nothing of the proxy was asked for. */
  readonly proxy?: Plan;
  /** Undefined: nothing of the mock. Empty: everything. */
  readonly mock?: readonly string[];
}

function planned(): Planned {
  const { rounds, share } = scale;
  if (values.only === undefined) {
    // An older commit may know no endpoints of Anthropic's API: cases that need them are named.
    const cases = values.against === undefined ? CASES : CASES.filter((one) => !needsMessages(one));
    return { proxy: { cases, rounds, share }, mock: [] };
  }
  const ids = values.only.split(',');
  if (ids.length === 1 && ids[0] === 'mock') return { mock: [] };
  const known = [...CASES, ...MOCK_CASES].map(({ id }) => id as string);
  const strangers = ids.filter((id) => !known.includes(id));
  if (strangers.length > 0) throw new Error(`--only ${strangers.join(',')}: the cases are mock, ${known.join(', ')}`);
  const cases = CASES.filter(({ id }) => ids.includes(id)).map(values.alone ? alone : (one) => one);
  const mock = ids.filter((id) => MOCK_CASES.some((one) => one.id === id));
  return { ...(cases.length > 0 && { proxy: { cases, rounds, share } }), ...(mock.length > 0 && { mock }) };
}

/** The orchestrator reads the servers' logs; it must not do so on the core of the server under test. */
function stepAside(): void {
  const taskset = onPath('taskset');
  if (taskset !== undefined) spawnSync(taskset, ['-cp', '1', String(process.pid)], { stdio: 'ignore' });
  process.setMaxListeners(0);
}

function writeResults(results: Results): void {
  mkdirSync(here('results'), { recursive: true });
  writeFileSync(here('results/latest.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(here('results/latest.md'), renderReport(results));
  console.log(`\n${renderSummary(results)}\n\nAll of it: bench/results/latest.md`);
}

async function benchProxy(plan: Plan): Promise<void> {
  const harness = await Harness.start();
  const redis = await startRedis();
  const launchers = launchersFor(harness.upstream, redis.url);
  const named = values.only === undefined ? undefined : plan.cases.flatMap((one) => one.servers);
  const servers = await startServers(launchers, named);
  const blank: Results = {
    at: new Date().toISOString(),
    quick: values.quick,
    machine: describeMachine(),
    notes: [],
    cases: {},
    memory: {},
    vanished: {},
    follow: { clients: 0, upstream: 0, cpuPerClient: 0 },
    drift: { requests: 0, residentMiB: [] },
    start: { bare: [], bundled: [] },
    keys: NO_KEYS,
  };
  try {
    await verify(harness, servers, plan, blank.notes);
    await warmUp(harness, servers, plan);
    await measure(harness, servers, plan, blank);
    if (values.only === undefined) writeResults({ ...blank, ...(await special(harness, servers, launchers)) });
    else console.log(renderCases(blank));
  } finally {
    await Promise.all(Object.values(servers).map((program) => program.stop()));
    await Promise.all([redis.stop(), harness.stop()]);
  }
}

async function benchStoredKeys(): Promise<void> {
  const harness = await Harness.start();
  try {
    console.log(renderKeys(await storedKeys(harness, scale.starts)));
  } finally {
    await harness.stop();
  }
}

async function main(): Promise<void> {
  if (values.only === 'stored-keys') {
    stepAside();
    await benchStoredKeys();
    return;
  }
  if (values.only === 'auto-pick') {
    console.log(renderPicks(autoPick()));
    return;
  }
  const { proxy, mock } = planned();
  stepAside();
  if (values.against !== undefined) {
    if (proxy === undefined) throw new Error('--against compares cases of the proxy');
    await benchAgainst(values.against, proxy);
    return;
  }
  if (needsPeers(proxy, mock)) installPeers();
  if (proxy !== undefined) await benchProxy(proxy);
  if (mock !== undefined) await benchMock({ quick: values.quick, only: mock });
}

await main();
