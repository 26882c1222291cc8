import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { runEnvironment } from '../../tests/setup/run-marker.ts';
import { tempFolder } from '../../tests/setup/temp-folder.ts';
import { governanceBed } from './governance.fixture.ts';

const CHILD = fileURLToPath(new URL('writing-child.fixture.ts', import.meta.url));

interface Reported {
  readonly id: string;
  readonly value: string;
  readonly index: number;
}

/** Kills a process in the middle of its writing, once it has said that so many keys are there. */
async function writeAndKill(path: string, count: number): Promise<Reported[]> {
  const child = spawn(process.execPath, [CHILD, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...runEnvironment(), NODE_NO_WARNINGS: '1' },
  });
  const gone = once(child, 'exit');
  const seen: Reported[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const message = JSON.parse(line) as Reported | { ready: true };
    if ('id' in message) seen.push(message);
    if (seen.length === count) child.kill('SIGKILL');
  }
  expect((await gone)[1]).toBe('SIGKILL');
  return seen;
}

test('a process that is killed loses no key and no budget that it has reported, and corrupts nothing', async () => {
  const path = join(tempFolder('killed'), 'llmproxy.db');
  const reported: Reported[] = [];
  for (const count of [1, 7, 23]) reported.push(...(await writeAndKill(path, count)));
  const bed = await governanceBed({ address: { kind: 'sqlite', path } });
  for (const { id, value, index } of reported) {
    expect(bed.governance.directory.lookup(value, bed.clock.now())).toMatchObject({
      state: 'active',
      holder: { key: { id, budget: { max: BigInt(index) * 10_000_000n } } },
    });
  }
  const { rows } = await sql<object>`pragma integrity_check`.execute(bed.database.kysely);
  expect(rows).toEqual([{ integrity_check: 'ok' }]);
  const counts = await bed.governance.store.counts();
  expect(counts['virtual_keys_count']).toBeGreaterThanOrEqual(reported.length);
  // Whole transactions: each key has its budget and its line in the audit log.
  expect([counts['budgets_count'], counts['audit_logs_count']]).toEqual(
    Array.from({ length: 2 }, () => counts['virtual_keys_count']),
  );
  await bed.close();
}, 60_000);
