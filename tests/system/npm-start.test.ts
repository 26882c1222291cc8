import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { alive, childrenOf } from '../setup/children.ts';
import { startProcess } from '../setup/process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test.for(['SIGTERM', 'SIGKILL'] as const)(
  'npm start ends with npm, the bundled mock too: %s',
  { timeout: 60_000 },
  async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'llmproxy-npm-'));
    const config = join(folder, 'llmproxy.yaml');
    await writeFile(config, 'models: { m: { endpoints: [{ provider: mock }] } }');
    const args = ['start', '--', '--config', config, '--port', '0', '--json'];
    const npm = await startProcess('npm', args, { cwd: ROOT, patienceMs: 40_000 });
    const proxy = Number(npm.ready['pid']);
    const left = [proxy, ...childrenOf(proxy)];
    expect(left).toHaveLength(2);
    process.kill(npm.pid, signal);
    try {
      await expect.poll(() => left.filter(alive), { timeout: 15_000 }).toEqual([]);
    } finally {
      for (const pid of left.filter(alive)) process.kill(pid, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    }
  },
);
