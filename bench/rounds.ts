import { modelFor, pathFor, shareOf, type Case } from './case.ts';
import type { Harness } from './harness.ts';
import { chatRequest, type LoopResult, type RequestShape } from './jobs.ts';
import { emptySeries, type Gap, type Results, type Series } from './results.ts';
import type { Launcher, ServerName, Servers } from './servers.ts';
import { warmUntilSteady } from './warm.ts';

/** Servers whose answers may differ in form from upstream's, which is then noted. */
const REWRITES: readonly ServerName[] = ['portkey', 'rolter', 'rolter-redis', 'litellm'];

/** What is run, in how many rounds, and with which share of the requests and connections of a full run. */
export interface Plan {
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly share: number;
  readonly connections: number;
  /** Windows of a warm-up at most. */
  readonly windows: number;
  /** No case begins after this, of `performance.now()`. */
  readonly until: number;
}

export interface Bench {
  readonly harness: Harness;
  readonly launchers: Partial<Readonly<Record<ServerName, Launcher>>>;
  readonly plan: Plan;
  readonly results: Pick<Results, 'cases' | 'notes' | 'gaps' | 'unsteady'>;
  /** Servers that turned out to need a setting which this proxy does not have, with the reason. */
  readonly absent: Map<ServerName, string>;
}

/** One case with processes that serve it and nothing else: started, compared with upstream, warmed, measured in rounds, stopped. */
export async function runCase(bench: Bench, one: Case): Promise<void> {
  const servers: Servers = {};
  try {
    for (const name of one.servers) await prepare(bench, one, name, servers);
    await measure(bench, one, servers);
  } finally {
    const { direct: _upstream, ...started } = servers;
    await Promise.all(Object.values(started).map((program) => program.stop()));
  }
}

function gap({ results }: Pick<Bench, 'results'>, kind: Gap['kind'], what: string, reason: string): void {
  results.gaps.push({ kind, what, reason });
  if (kind === 'error') console.log(`${what}: ${reason}`);
}

/** A server that cannot be had or does not what the case is about has no row, and the reason is kept. */
async function prepare(bench: Bench, one: Case, name: ServerName, servers: Servers): Promise<void> {
  const launcher = bench.launchers[name];
  const absent = bench.absent.get(name);
  if (typeof launcher !== 'function' || absent !== undefined) {
    const reason = absent ?? (typeof launcher === 'object' ? launcher.reason : 'it is not known here');
    gap(bench, 'skipped', `${one.id} ${name}`, reason);
    return;
  }
  try {
    servers[name] = await launcher();
    await verify(bench, one, name, servers);
    const steady = await warmUntilSteady(async () => {
      const { cpu, last } = await run(bench, one, name, servers, one.warm);
      return one.rate === undefined && cpu !== undefined ? cpu : last.p50;
    }, bench.plan.windows);
    if (!steady) bench.results.unsteady.push(`${one.id} ${name}`);
  } catch (error) {
    await drop(bench, one, name, servers, error);
  }
}

async function drop(bench: Bench, one: Case, name: ServerName, servers: Servers, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const unknown = /server\.(?:front|workers)/.exec(message);
  const what = `${one.id} ${name}`;
  if (unknown === null) gap(bench, 'error', what, message.trim().split('\n').slice(0, 3).join(' '));
  else {
    const reason = `this proxy has no setting ${unknown[0]}`;
    bench.absent.set(name, reason);
    gap(bench, 'skipped', what, reason);
  }
  delete bench.results.cases[one.id]?.[name];
  const program = servers[name];
  delete servers[name];
  if (name !== 'direct') await program?.stop();
}

function requestFor({ harness }: Bench, one: Case, name: ServerName, servers: Servers): RequestShape {
  const upstream = `http://127.0.0.1:${harness.upstream.port}/v1`;
  const [model, path, key] = [modelFor(name, one), pathFor(name, one), servers[name]?.key];
  return chatRequest({ ...one.chat, model, upstream, path, key });
}

/** Compares the answer of a server with upstream's own. Twice: the second answer of a cache is the one that will be timed. */
async function verify(bench: Bench, one: Case, name: ServerName, servers: Servers): Promise<void> {
  const { harness, results } = bench;
  const request = requestFor(bench, one, name, servers);
  const direct = pathFor('direct', one) === pathFor(name, one) ? request : requestFor(bench, one, 'direct', {});
  const expected = await harness.fetch(harness.upstream.port, direct);
  for (const _time of [1, 2]) {
    const answer = await harness.fetch(servers[name]?.port ?? 0, request);
    if (answer.status !== 200) {
      throw new Error(`it answered ${answer.status}: ${Buffer.from(answer.body, 'base64').toString().slice(0, 200)}`);
    }
    if (isAsExpected(answer.body, expected.body, one)) continue;
    if (!REWRITES.includes(name)) throw new Error('its bytes are not those of upstream');
    const note = `${one.id}: the bytes of ${name} are not those of upstream.`;
    if (!results.notes.includes(note)) results.notes.push(note);
  }
}

/** A translated answer is another one; its ending says that it is whole. */
function isAsExpected(body: string, expected: string, { translated }: Case): boolean {
  if (translated === undefined) return body === expected;
  return Buffer.from(body, 'base64').toString('utf8').trimEnd().endsWith(translated);
}

/** Where the length of an answer is not always the same, its ending says that it is whole. */
function endingOf({ translated, chat }: Case, name: ServerName): { ending?: string } {
  if (translated !== undefined) return { ending: translated };
  if (!REWRITES.includes(name)) return {};
  return { ending: chat.stream ? 'data: [DONE]' : '}' };
}

/** One loop. Throws on any error; `trouble` is that upstream saw another number of requests than the case is about. */
async function run(
  bench: Bench,
  one: Case,
  name: ServerName,
  servers: Servers,
  full: number,
): Promise<LoopResult & { cpu: number | undefined; trouble: string | undefined }> {
  const program = servers[name];
  if (program === undefined) throw new Error('it is not running');
  const { plan } = bench;
  const connections = Math.ceil(one.connections * plan.connections);
  const total = Math.max(Math.min(connections, full), Math.ceil(full * plan.share * shareOf(name)));
  const result = await bench.harness.loop(program, {
    request: requestFor(bench, one, name, servers),
    connections,
    total,
    ...(one.rate === undefined ? {} : { rate: one.rate }),
    ...endingOf(one, name),
  });
  return { ...result, trouble: upstreamTrouble(one, name, total, result.upstream) };
}

/** What upstream saw decides what a row is about: no hit may reach it, and every miss has to. */
export function upstreamTrouble(
  { chat }: Pick<Case, 'chat'>,
  name: ServerName,
  total: number,
  upstream: number,
): string | undefined {
  const due = chat.unique || name === 'direct' ? total : 0;
  if (upstream === due) return undefined;
  return due === 0
    ? `${upstream} of ${total} hits reached the upstream`
    : `${upstream} requests reached the upstream in place of ${total}`;
}

/** Rounds interleave the servers: what disturbs the machine for a while disturbs all of them. */
async function measure(bench: Bench, one: Case, servers: Servers): Promise<void> {
  for (let round = 0; round < bench.plan.rounds; round++) {
    for (const name of Object.keys(servers) as ServerName[]) {
      try {
        const result = await run(bench, one, name, servers, one.total);
        if (result.trouble !== undefined) throw new Error(result.trouble);
        const series = seriesOf(bench, one, name);
        if (result.cpu !== undefined) series.cpu.push(result.cpu);
        series.first.push(result.first.p50);
        series.firstSlow.push(result.first.p99);
        series.last.push(result.last.p50);
        series.slow.push(result.last.p99);
        series.rate.push(result.done / result.seconds);
      } catch (error) {
        await drop(bench, one, name, servers, error);
      }
    }
  }
}

function seriesOf({ results }: Bench, { id }: Case, name: ServerName): Series {
  const byServer = (results.cases[id] ??= {});
  return (byServer[name] ??= emptySeries());
}
