// `npm run bench [-- --quick]`: measures the proxy, its floor and its peers in one run; prints the targets and writes
// results/latest.json and results/latest.md; then the mock beside its peer: results/mock-latest.json and mock-latest.md.
// `--quick` proves that every row works: few requests, two rounds, and files in bench/.state/ in place of bench/results/.
// `--only mock` is the mock alone; `--only pass-small,metrics,mock-chat` prints those cases and figures and writes nothing;
// `--only auto-pick` is what the choice of a model costs. With `--alone` the proxy runs them without its peers.
// `--against COMMIT` runs the proxy of that commit beside this one, interleaved, and prints both and their ratio.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startRedis } from '../tests/setup/redis.ts';
import { benchAgainst } from './against.ts';
import { autoPick, renderPicks } from './auto-pick.ts';
import type { FigureBench } from './figures/measurement.ts';
import { Harness } from './harness.ts';
import { coresOf, describeMachine } from './machine.ts';
import { benchMock } from './mock-run.ts';
import { writeReport } from './output.ts';
import { type Asked, asked, SCALES } from './plan.ts';
import { onPath } from './programs.ts';
import { renderCases, renderFigures, renderGaps, renderReport, renderSummary } from './report.ts';
import type { Results } from './results.ts';
import { type Bench, runCase } from './rounds.ts';
import { launchersFor } from './servers.ts';
import { NO_KEYS } from './stored-keys.ts';

const MS_PER_MINUTE = 60_000;
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

function installPeers(): void {
  const peers = ['@portkey-ai/gateway', '@copilotkit/aimock'];
  if (peers.every((name) => existsSync(here(`node_modules/${name}`)))) return;
  console.log('Installing the peers of the benchmark …');
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: here('.'), stdio: 'inherit' });
  if (status !== 0) throw new Error('the peers of bench/package.json could not be installed');
}

/** Reading the servers' logs must not take time from the core of the server under test. */
function stepAside(): void {
  const taskset = onPath('taskset');
  if (taskset !== undefined) spawnSync(taskset, ['-cp', coresOf().rest, String(process.pid)], { stdio: 'ignore' });
  process.setMaxListeners(0);
}

function emptyResults(quick: boolean, rounds: number): Results {
  return {
    at: new Date().toISOString(),
    quick,
    machine: describeMachine(),
    notes: [],
    gaps: [],
    unsteady: [],
    rounds,
    minutes: 0,
    cases: {},
    figures: {},
    memory: {},
    vanished: {},
    drift: { requests: 0, residentMiB: [] },
    keys: NO_KEYS,
  };
}

async function runCases(bench: Bench): Promise<void> {
  const { plan, results } = bench;
  const skip = (what: string, reason: string): void => void results.gaps.push({ kind: 'skipped', what, reason });
  for (const [at, one] of plan.cases.entries()) {
    const { cores = 0 } = one;
    if (cpus().length < cores) skip(one.id, `it needs ${cores} cores, and there are ${cpus().length}`);
    else if (performance.now() > plan.until) skip(one.id, 'the time of the run was over');
    else {
      console.log(`${at + 1} of ${plan.cases.length}: ${one.id}`);
      await runCase(bench, one);
    }
  }
}

async function runMeasurements(bench: FigureBench, { measurements }: Asked, until: number): Promise<void> {
  const { gaps } = bench.results;
  for (const { name, figures, slow, run } of measurements) {
    const gap = (kind: 'skipped' | 'error', reason: string): void => {
      for (const what of [name, ...figures]) gaps.push({ kind, what, reason });
      console.log(`${name}: ${reason}`);
    };
    if (bench.quick && slow !== undefined) gap('skipped', slow);
    else if (performance.now() > until) gap('skipped', 'the time of the run was over');
    else {
      console.log(name);
      await run(bench).catch((error: unknown) => gap('error', error instanceof Error ? error.message : String(error)));
    }
  }
}

async function benchProxy(what: Asked): Promise<void> {
  const began = performance.now();
  const { minutes, ...scale } = SCALES[what.quick ? 'quick' : 'full'];
  const until = began + minutes * MS_PER_MINUTE;
  const harness = await Harness.start();
  const redis = await startRedis();
  const results = emptyResults(what.quick, scale.rounds);
  try {
    const launchers = await launchersFor({ upstream: harness.upstream, redisUrl: redis.url, what });
    const plan = { ...scale, cases: what.cases, until };
    await runCases({ harness, launchers, plan, results, absent: new Map() });
    await runMeasurements({ harness, launchers, results, quick: what.quick }, what, until);
  } finally {
    await Promise.all([redis.stop(), harness.stop()]);
  }
  results.minutes = Math.round(((performance.now() - began) / MS_PER_MINUTE) * 10) / 10;
  if (what.all) {
    const file = writeReport('latest', what.quick, results, renderReport(results));
    console.log(`\n${renderSummary(results)}\n\nAll of it: ${file}`);
  } else console.log([renderCases(results), renderFigures(results), renderGaps(results)].join('\n'));
  if (results.gaps.some(isOwnError)) process.exitCode = 1;
}

/** A peer that does not do what is asked is a remark; the proxy that does not is a failure. */
function isOwnError({ kind, what }: Results['gaps'][number]): boolean {
  const server = what.split(' ').at(-1) ?? '';
  return kind === 'error' && (server.startsWith('llmproxy') || !what.includes(' '));
}

async function main(): Promise<void> {
  const what = asked(process.argv.slice(2));
  if (what.autoPick) console.log(renderPicks(autoPick()));
  stepAside();
  const proxy = what.cases.length > 0 || what.measurements.length > 0;
  if (what.against !== undefined) {
    if (what.cases.length === 0) throw new Error('--against compares cases of the proxy');
    await benchAgainst(what.against, what);
    return;
  }
  if (what.mock !== undefined || what.cases.some(({ servers }) => servers.includes('portkey'))) installPeers();
  if (proxy) await benchProxy(what);
  if (what.mock !== undefined) await benchMock({ quick: what.quick, only: what.mock });
}

await main();
