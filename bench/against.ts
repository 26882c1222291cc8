// The proxy of another commit beside this one, in one run: what disturbs the machine disturbs both.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRedis } from '../tests/setup/redis.ts';
import { type Case, needsMessages } from './case.ts';
import { Harness } from './harness.ts';
import { median, type Results, type Series } from './results.ts';
import { launchProxy, type ProxyOptions } from './llmproxy.ts';
import { type Asked, SCALES } from './plan.ts';
import { type Bench, type Plan, runCase } from './rounds.ts';
import type { ServerName } from './servers.ts';

const PAIRS: Readonly<Partial<Record<ServerName, ServerName>>> = {
  llmproxy: 'llmproxy-before',
  'llmproxy-redis': 'llmproxy-redis-before',
};

/** What of a series is compared; less is better. */
const FIGURES: readonly (readonly [string, (series: Series) => readonly number[]])[] = [
  ['CPU µs a request', ({ cpu }) => cpu],
  ['last byte p50 µs', ({ last }) => last],
  ['last byte p99 µs', ({ slow }) => slow],
];

/** Prints the cases of `plan` at `commit` and now. */
export async function benchAgainst(commit: string, { quick, cases }: Pick<Asked, 'quick' | 'cases'>): Promise<void> {
  const { minutes, ...scale } = SCALES[quick ? 'quick' : 'full'];
  const plan = { ...scale, cases, until: performance.now() + minutes * 60_000 };
  const folder = mkdtempSync(join(tmpdir(), 'llmproxy-against-'));
  const root = join(folder, 'before');
  const repository = fileURLToPath(new URL('..', import.meta.url));
  run('git', ['worktree', 'add', '--detach', root, commit], repository);
  try {
    run('npm', ['ci', '--no-audit', '--no-fund'], root);
    await compare(folder, root, pairsOf(plan));
  } finally {
    run('git', ['worktree', 'remove', '--force', root], repository);
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
}

/** Each case for the proxy of now and the one of before, and for no other server. */
function pairsOf(plan: Plan): Plan {
  const cases = plan.cases.flatMap((one): Case[] => {
    const servers = one.servers.flatMap((name) => {
      const before = PAIRS[name];
      return before === undefined ? [] : [name, before];
    });
    return servers.length === 0 ? [] : [{ ...one, servers }];
  });
  return { ...plan, cases };
}

async function compare(folder: string, root: string, plan: Plan): Promise<void> {
  const harness = await Harness.start();
  const redis = await startRedis();
  const url = `http://127.0.0.1:${harness.upstream.port}/v1`;
  const messages = plan.cases.some(needsMessages);
  const launcher =
    (name: string, options: Partial<ProxyOptions> = {}) =>
    (): ReturnType<typeof launchProxy> =>
      launchProxy(url, { messages, ...options, folder: join(folder, name) });
  const redisUrl = redis.url;
  const launchers: Bench['launchers'] = {
    llmproxy: launcher('now'),
    'llmproxy-before': launcher('then', { root }),
    'llmproxy-redis': launcher('now-redis', { redisUrl }),
    'llmproxy-redis-before': launcher('then-redis', { root, redisUrl }),
  };
  const results: Bench['results'] = { cases: {}, notes: [], gaps: [], unsteady: [] };
  try {
    for (const one of plan.cases) await runCase({ harness, launchers, plan, results, absent: new Map() }, one);
    for (const { what, reason } of results.gaps) console.log(`${what}: ${reason}`);
    console.log(render(plan, results));
  } finally {
    await Promise.all([redis.stop(), harness.stop()]);
  }
}

function render(plan: Plan, { cases }: Pick<Results, 'cases'>): string {
  const rows = ['', '| case | figure | before | now | now / before | spread |', '|---|---|---|---|---|---|'];
  for (const { id, servers } of plan.cases) {
    const [now, before] = servers.map((name) => cases[id]?.[name]);
    if (!now || !before) continue;
    for (const [name, of] of FIGURES) {
      const [a, b] = [of(before), of(now)];
      const ratio = median(b) / median(a);
      const spread = Math.max(deviation(a), deviation(b));
      rows.push(
        `| ${id} | ${name} | ${median(a).toFixed(2)} | ${median(b).toFixed(2)} | ${ratio.toFixed(3)} | ± ${(spread * 100).toFixed(1)} % |`,
      );
    }
  }
  return rows.join('\n');
}

/** Median distance from the median, as a share of it. */
function deviation(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle))) / middle;
}
