import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { HeapReport } from '../setup/heap-report.ts';
import { type ProxyProcess, startProxy } from '../setup/services.ts';
import { good } from './answers.ts';
import { chat, nonce } from './ask.ts';
import { modelsAt, startUpstream } from './upstream.ts';

const REQUESTS = 1_000;
const AT_ONCE = 4;
/**
 * Bytes of a request that collections of the young generation may take for alive: those of the requests that run at that
 * moment, about 2,000 a request on average. One closure kept at the wrong place made it 6,300, and the heap grow.
 */
const PROMOTED_BYTES = 4_000;

function reportOf({ child, pid }: ProxyProcess): Promise<HeapReport> {
  const lines = createInterface({ input: child.stdout! });
  const report = new Promise<HeapReport>((resolve) => {
    lines.on('line', (line) => {
      if (line.startsWith('{"promoted"')) resolve(JSON.parse(line) as HeapReport);
    });
  });
  process.kill(pid, 'SIGUSR2');
  return report.finally(() => lines.close());
}

async function askMany(proxy: ProxyProcess, more: object): Promise<void> {
  const ask = async (): Promise<number> => {
    const body = JSON.stringify({ ...chat(nonce()), ...more });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${proxy.url}/v1/chat/completions`, { method: 'POST', headers, body });
    await answer.text();
    return answer.status;
  };
  for (let done = 0; done < REQUESTS; done += AT_ONCE) {
    const statuses = await Promise.all(Array.from({ length: AT_ONCE }, ask));
    expect(new Set(statuses)).toEqual(new Set([200]));
  }
}

test.each([
  ['JSON', {}],
  ['streams', { stream: true }],
])('%s: nothing of a request is kept once it has ended', { timeout: 120_000 }, async (_what, more) => {
  await using upstream = await startUpstream(good);
  const preload = new URL('../setup/heap-report.ts', import.meta.url);
  const proxy = await startProxy({ config: modelsAt([upstream], { cache: { enabled: false } }), preload });
  try {
    await askMany(proxy, more);
    await reportOf(proxy);
    await askMany(proxy, more);
    const report = await reportOf(proxy);
    // Each connection may still hold its latest.
    expect(Math.max(...Object.values(report.objects))).toBeLessThanOrEqual(AT_ONCE);
    expect((report.promoted - report.reachable) / REQUESTS).toBeLessThan(PROMOTED_BYTES);
  } finally {
    await proxy.stop();
  }
});
