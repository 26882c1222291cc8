import type { RequestShape } from '../jobs.ts';
import { chatRequest } from '../jobs.ts';
import { launchProxy } from '../llmproxy.ts';
import { residentBytes } from '../machine.ts';
import { tempFolder } from '../temp-folder.ts';
import { type FigureBench, upstreamUrl } from './measurement.ts';

const MIB = 2 ** 20;

/** Resident memory of the proxy while it serves misses, hits and streams in turn. */
export async function drift({ harness, results, quick }: FigureBench): Promise<void> {
  const requests = quick ? 2_000 : 200_000;
  const upstream = upstreamUrl(harness);
  const program = await launchProxy(upstream, { folder: tempFolder() });
  const chat = (model: string, isStream: boolean, unique: boolean): RequestShape =>
    chatRequest({ model, bytes: 512, stream: isStream, unique, upstream });
  const mix = [
    { request: chat('bench-json', false, true), share: 0.5 },
    { request: chat('bench-json', false, false), share: 0.3 },
    { request: chat('bench-burst', true, true), share: 0.1 },
    { request: chat('bench-burst', true, false), share: 0.1 },
  ];
  const residentMiB: number[] = [];
  try {
    for (let tenth = 0; tenth < 10; tenth++) {
      for (const { request, share } of mix) {
        await harness.loop(program, { request, connections: 16, total: Math.round((requests / 10) * share) });
      }
      residentMiB.push(Math.round((residentBytes(program.pid) / MIB) * 10) / 10);
    }
    results.drift = { requests, residentMiB };
  } finally {
    await program.stop();
  }
}
