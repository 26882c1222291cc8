import { setTimeout as after } from 'node:timers/promises';
import { chatRequest } from '../jobs.ts';
import { launchProxy } from '../llmproxy.ts';
import { residentBytes } from '../machine.ts';
import type { Program } from '../programs.ts';
import { tempFolder } from '../temp-folder.ts';
import { type FigureBench, note, upstreamUrl } from './measurement.ts';

const MIB = 2 ** 20;
/** Resident memory of the target that the setting does not account for, in bytes. */
export const BASE_BYTES = 110e6;
const BATCH = 2_000;

interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
  readonly evictions: number;
}

/** Fills `cache.memory` with answers of 1 KB and of 27 KB until the first ones give way, and purges the many small ones. */
export async function cacheMemory(bench: FigureBench): Promise<void> {
  const { harness, quick } = bench;
  const mebibytes = quick ? 32 : 256;
  for (const [id, model, kilobytes] of [
    ['memory-1k', 'bench-json', 1],
    ['memory-27k', 'bench-burst', 27],
  ] as const) {
    const program = await launchProxy(upstreamUrl(harness), { folder: tempFolder(), memory: `${mebibytes}MiB` });
    try {
      const idle = residentBytes(program.pid);
      const { entries } = await fill(bench, program, model, Math.ceil((mebibytes * 1_024 * 1.2) / kilobytes));
      await after(2_000);
      const full = residentBytes(program.pid);
      note(bench, id, (full - BASE_BYTES) / (mebibytes * MIB));
      if (kilobytes !== 1) continue;
      note(bench, 'entry-1k-kb', (full - idle) / entries / 1_000);
      await purge(bench, program, entries);
    } finally {
      await program.stop();
    }
  }
}

/** Sends unique requests until an entry had to go; no more than `most`, which is more than fit. */
async function fill({ harness }: FigureBench, program: Program, model: string, most: number): Promise<CacheStats> {
  const stream = model !== 'bench-json';
  const request = chatRequest({ model, bytes: 512, stream, unique: true, upstream: upstreamUrl(harness) });
  for (let sent = 0; sent < most; sent += BATCH) {
    await harness.loop(program, { request, connections: 16, total: Math.min(BATCH, most - sent) });
    const stats = await cacheStats(program);
    if (stats.evictions > 0) return stats;
  }
  throw new Error(`the cache was not full after ${most} answers`);
}

async function cacheStats({ port }: Program): Promise<CacheStats> {
  const response = await fetch(`http://127.0.0.1:${port}/stats`);
  return ((await response.json()) as { readonly cache: CacheStats }).cache;
}

async function purge(bench: FigureBench, program: Program, entries: number): Promise<void> {
  const before = residentBytes(program.pid);
  const { longestMs } = await bench.harness.stall(program, async () => {
    const { ok, status } = await fetch(`http://127.0.0.1:${program.port}/cache`, { method: 'DELETE' });
    if (!ok) throw new Error(`the purge was answered with ${status}`);
    await after(200);
  });
  note(bench, 'purge-entries', entries);
  note(bench, 'purge-ms', longestMs);
  await after(10_000);
  note(bench, 'purge-left', residentBytes(program.pid) / before);
}
