import { setTimeout as after } from 'node:timers/promises';
import type { Harness } from '../harness.ts';
import { chatRequest, type RequestShape } from '../jobs.ts';
import { launchProxy } from '../llmproxy.ts';
import { residentBytes } from '../machine.ts';
import type { Program } from '../programs.ts';
import type { ServerName } from '../servers.ts';
import { tempFolder } from '../temp-folder.ts';
import { type FigureBench, note, upstreamUrl } from './measurement.ts';

const MB = 1e6;
const MINUTE_MS = 60_000;
const CLIENTS = 100;
const COMPARED: readonly ServerName[] = ['floor', 'nginx', 'haproxy', 'rolter', 'middleware', 'portkey', 'llmproxy'];

function stream(harness: Harness, model: string, unique: boolean, bytes = 512): RequestShape {
  return chatRequest({ model, bytes, stream: true, unique, upstream: upstreamUrl(harness) });
}

/** What a server that was just started holds for an open stream, and what upstream still sends when all clients have vanished. */
export async function openStreams({ harness, launchers, results, quick }: FigureBench): Promise<void> {
  for (const name of quick ? COMPARED.slice(-1) : COMPARED) {
    const launcher = launchers[name as keyof Launchers];
    if (typeof launcher !== 'function') continue;
    const program = await launcher();
    try {
      results.vanished[name] = await openAfterVanishing(harness, program);
      results.memory[name] = await memoryPerStream(harness, program, quick ? 200 : 1_000);
    } catch (error) {
      results.gaps.push({ kind: 'error', what: `open streams ${name}`, reason: String(error) });
    } finally {
      await program.stop();
    }
  }
}

type Launchers = FigureBench['launchers'];

/** Upstream streams still open one second after twenty clients vanished in the middle. */
async function openAfterVanishing(harness: Harness, server: Program): Promise<number> {
  const before = (await harness.stats()).open;
  const request = stream(harness, 'bench-hold', true);
  await harness.run({ kind: 'hold', port: server.port, request, count: 20 });
  await harness.run({ kind: 'release' });
  await after(1_000);
  return (await harness.stats()).open - before;
}

/** Memory that `count` open streams take, each. They stay silent after their first events. */
async function memoryPerStream(harness: Harness, server: Program, count: number): Promise<number> {
  const request = stream(harness, 'bench-hold', true);
  // What the first requests load and compile is not the streams' own. Much more would leave free heap to be reused.
  await harness.run({ kind: 'hold', port: server.port, request, count: 20 });
  await harness.run({ kind: 'release' });
  await after(500);
  const before = residentBytes(server.pid);
  const { opened } = await harness.run<{ opened: number }>({ kind: 'hold', port: server.port, request, count });
  if (opened !== count) throw new Error(`${opened} of ${count} streams were opened`);
  await after(500);
  const grown = residentBytes(server.pid) - before;
  await harness.run({ kind: 'release' });
  await after(500);
  return grown / count;
}

/** Many streams at the proxy, and what is left of them a minute after their clients went. */
export async function manyStreams(bench: FigureBench): Promise<void> {
  const { harness } = bench;
  for (const count of [1_000, 5_000] as const) {
    const program = await launchProxy(upstreamUrl(harness), { folder: tempFolder() });
    try {
      const idle = residentBytes(program.pid);
      note(bench, `streams-${count}-kb`, (await memoryPerStream(harness, program, count)) / 1_000);
      if (count === 1_000) continue;
      await after(MINUTE_MS);
      note(bench, 'streams-left-mb', (residentBytes(program.pid) - idle) / MB);
    } finally {
      await program.stop();
    }
  }
}

/** A hundred equal streams at once: what upstream saw, and what each cost. */
export async function follow(bench: FigureBench): Promise<void> {
  const { harness } = bench;
  const program = await launchProxy(upstreamUrl(harness), { folder: tempFolder() });
  try {
    // The first round is the warm-up. Equal within the round, new in each: the length of the prompt makes the difference.
    for (let round = 0; round < (bench.quick ? 2 : 6); round++) {
      const request = stream(harness, 'bench-paced', false, 1_000 + round);
      const { cpu, upstream } = await harness.loop(program, { request, connections: CLIENTS, total: CLIENTS });
      if (round === 0) continue;
      note(bench, 'follow-upstream', upstream);
      if (cpu !== undefined) note(bench, 'follow-cpu', cpu);
    }
  } finally {
    await program.stop();
  }
}
