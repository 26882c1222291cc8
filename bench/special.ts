import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Harness } from './harness.ts';
import { chatRequest, type RequestShape } from './jobs.ts';
import { residentBytes } from './machine.ts';
import { launch, type Program } from './programs.ts';
import type { Results } from './results.ts';
import { launchProxy } from './servers.ts';
import { tempFolder } from './temp-folder.ts';

const MIB = 2 ** 20;

function stream(harness: Harness, model: string, unique: boolean): RequestShape {
  const upstream = `http://127.0.0.1:${harness.upstream.port}/v1`;
  return chatRequest({ model, bytes: 512, stream: true, unique, upstream });
}

/** Memory that `count` open streams take, each, in a server that was just started. They stay silent after their first events. */
export async function memoryPerStream(harness: Harness, server: Program, count: number): Promise<number> {
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

/** Upstream streams still open one second after twenty clients vanished in the middle. */
export async function openAfterVanishing(harness: Harness, server: Program): Promise<number> {
  const before = (await harness.stats()).open;
  const request = stream(harness, 'bench-hold', true);
  await harness.run({ kind: 'hold', port: server.port, request, count: 20 });
  await harness.run({ kind: 'release' });
  await after(1_000);
  return (await harness.stats()).open - before;
}

/** A hundred equal streams at once: what upstream saw, and what each cost. */
export async function follow(harness: Harness, server: Program, rounds: number): Promise<Results['follow']> {
  const clients = 100;
  let upstream = 0;
  let cpu = 0;
  for (let round = 0; round < rounds; round++) {
    // Equal within the round, new in each: the length of the prompt makes the difference.
    const url = `http://127.0.0.1:${harness.upstream.port}/v1`;
    const request = chatRequest({
      model: 'bench-paced',
      bytes: 1_000 + round,
      stream: true,
      unique: false,
      upstream: url,
    });
    const before = await harness.stats();
    const result = await harness.loop(server, { request, connections: clients, total: clients });
    upstream = Math.max(upstream, (await harness.stats()).streams - before.streams);
    cpu += result.cpu ?? Number.NaN;
  }
  return { clients, upstream, cpuPerClient: cpu / rounds };
}

/** Resident memory of the proxy while it serves misses, hits and streams in turn. */
export async function drift(harness: Harness, server: Program, requests: number): Promise<Results['drift']> {
  const upstream = `http://127.0.0.1:${harness.upstream.port}/v1`;
  const chat = (model: string, isStream: boolean, unique: boolean): RequestShape =>
    chatRequest({ model, bytes: 512, stream: isStream, unique, upstream });
  const mix = [
    { request: chat('bench-json', false, true), share: 0.5 },
    { request: chat('bench-json', false, false), share: 0.3 },
    { request: chat('bench-burst', true, true), share: 0.1 },
    { request: chat('bench-burst', true, false), share: 0.1 },
  ];
  const residentMiB: number[] = [];
  for (let tenth = 0; tenth < 10; tenth++) {
    for (const { request, share } of mix) {
      await harness.loop(server, { request, connections: 16, total: Math.round((requests / 10) * share) });
    }
    residentMiB.push(Math.round((residentBytes(server.pid) / MIB) * 10) / 10);
  }
  return { requests, residentMiB };
}

/** Milliseconds from start to ready line, with one real endpoint and with the bundled mocks. */
export async function startTimes(harness: Harness, tries: number): Promise<Results['start']> {
  const folder = tempFolder();
  const entry = fileURLToPath(new URL('../proxy/bin.ts', import.meta.url));
  const example = fileURLToPath(new URL('../llmproxy.yaml', import.meta.url));
  const times: Results['start'] = { bare: [], bundled: [] };
  const note = async (list: number[], program: Program): Promise<void> => {
    list.push(Math.round(program.readyMs));
    await program.stop();
  };
  for (let round = 0; round < tries; round++) {
    await note(times.bare, await launchProxy(`http://127.0.0.1:${harness.upstream.port}/v1`, { folder }));
    const args = [entry, '--config', example, '--port', '0', '--json'];
    await note(times.bundled, await launch({ command: process.execPath, args, core: 0 }));
  }
  return times;
}
