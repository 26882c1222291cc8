import { pathFor, type Case } from './cases.ts';
import type { Harness } from './harness.ts';
import { chatRequest, type RequestShape } from './jobs.ts';
import type { Results, Series } from './results.ts';
import type { ServerName, Servers } from './servers.ts';

/** Servers whose answers may differ in form from upstream's, which is then noted. */
const REWRITES: readonly ServerName[] = ['portkey'];

/** What is run, in how many rounds, and with which share of the requests of a full run. */
export interface Plan {
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly share: number;
}

function requestFor(harness: Harness, server: ServerName, one: Case, key?: string): RequestShape {
  const upstream = `http://127.0.0.1:${harness.upstream.port}/v1`;
  return chatRequest({ ...one.chat, upstream, path: pathFor(server, one), key });
}

function serversOf(servers: Servers, one: Case): ServerName[] {
  return one.servers.filter((name) => servers[name] !== undefined);
}

/** Compares the answer of every server in every case with upstream's own, before anything is timed. */
export async function verify(harness: Harness, servers: Servers, { cases }: Plan, notes: string[]): Promise<void> {
  for (const one of cases) {
    const expected = await harness.fetch(harness.upstream.port, requestFor(harness, 'direct', one));
    for (const name of serversOf(servers, one)) {
      const request = requestFor(harness, name, one, servers[name]?.key);
      // Twice: the second answer of a cache is the one that will be timed.
      for (const answer of [
        await fetchFrom(harness, servers, name, request),
        await fetchFrom(harness, servers, name, request),
      ]) {
        if (answer.status !== 200) throw new Error(`${one.id}: ${name} answered ${answer.status}`);
        if (isAsExpected(answer.body, expected.body, one)) continue;
        const note = `${one.id}: the bytes of ${name} are not those of upstream.`;
        if (!REWRITES.includes(name)) throw new Error(note);
        if (!notes.includes(note)) notes.push(note);
      }
    }
  }
}

/** A translated answer is another one; its ending says that it is whole. */
function isAsExpected(body: string, expected: string, { translated }: Case): boolean {
  if (translated === undefined) return body === expected;
  return Buffer.from(body, 'base64').toString('utf8').trimEnd().endsWith(translated);
}

/** Translated answers have ids of different lengths. */
const endingOf = ({ translated }: Case): { ending?: string } =>
  translated === undefined ? {} : { ending: translated };

function fetchFrom(
  harness: Harness,
  servers: Servers,
  name: ServerName,
  request: RequestShape,
): ReturnType<Harness['fetch']> {
  return harness.fetch(servers[name]?.port ?? 0, request);
}

export async function warmUp(harness: Harness, servers: Servers, { cases, share }: Plan): Promise<void> {
  for (const one of cases) {
    for (const name of serversOf(servers, one)) {
      const program = servers[name];
      if (program === undefined || name === 'direct') continue;
      const total = Math.ceil(one.warm * Math.max(share, 0.5));
      const request = requestFor(harness, name, one, program.key);
      await harness.loop(program, { request, connections: one.connections, total, ...endingOf(one) });
    }
  }
}

/** Rounds interleave the servers: what disturbs the machine for a while disturbs all of them. */
export async function measure(harness: Harness, servers: Servers, plan: Plan, results: Results): Promise<void> {
  for (let round = 0; round < plan.rounds; round++) {
    process.stdout.write(`round ${round + 1} of ${plan.rounds}\n`);
    for (const one of plan.cases) {
      const total = Math.max(one.connections, Math.ceil(one.total * plan.share));
      for (const name of serversOf(servers, one)) {
        const program = servers[name];
        if (program === undefined) continue;
        const request = requestFor(harness, name, one, program.key);
        const result = await harness.loop(program, {
          request,
          connections: one.connections,
          total,
          ...endingOf(one),
        });
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
