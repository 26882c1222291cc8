import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { startProcess } from '../../tests/setup/process.ts';
import { completionBody } from '../answers.ts';
import { residentBytes } from '../machine.ts';
import { tempFolder } from '../temp-folder.ts';
import type { MeasuredRows } from './measured.ts';

const PROXY = fileURLToPath(new URL('../../proxy/bin.ts', import.meta.url));
const AT_ONCE = 32;
/** More requests than the memory has room for. */
const MARGIN = 1.2;

/** Starts the proxy with so much `cache.memory`, and fills that with answers of 1 KB: resident memory before and after. */
export async function measureMemory(mib: number): Promise<Pick<MeasuredRows, 'idleMb' | 'residentPerCacheByte'>> {
  const body = Buffer.from(completionBody());
  const upstream = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
    });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const proxy = await startProxy(mib, (upstream.address() as AddressInfo).port);
  const pool = new Pool(String(proxy.ready['url']), { connections: AT_ONCE });
  try {
    const idle = residentBytes(proxy.pid);
    const bytes = mib * 2 ** 20;
    const requests = Math.ceil((MARGIN * bytes) / body.length);
    let next = 0;
    const client = async (): Promise<void> => {
      for (let number = next++; number < requests; number = next++) await ask(pool, number);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    return { idleMb: idle / 1e6, residentPerCacheByte: (residentBytes(proxy.pid) - idle) / bytes };
  } finally {
    await pool.close();
    await proxy.stop();
    upstream.close();
    upstream.closeAllConnections();
  }
}

function startProxy(mib: number, upstreamPort: number): ReturnType<typeof startProcess> {
  const folder = join(tempFolder(), 'memory');
  mkdirSync(folder);
  const endpoint = { provider: 'openai', base_url: `http://127.0.0.1:${upstreamPort}/v1`, api_key: 'none' };
  const config = join(folder, 'llmproxy.yaml');
  const sections = { cache: { memory: `${mib}MiB` }, models: { plan: { endpoints: [endpoint] } } };
  writeFileSync(config, JSON.stringify(sections));
  return startProcess(process.execPath, [PROXY, '--config', config, '--port', '0', '--json']);
}

async function ask(pool: Pool, number: number): Promise<void> {
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'plan', messages: [{ role: 'user', content: `Question ${number}` }] }),
  });
  await body.dump();
  if (statusCode !== 200) throw new Error(`the proxy answered with status ${statusCode}`);
}
