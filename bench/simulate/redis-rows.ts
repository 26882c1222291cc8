import { randomUUID } from 'node:crypto';
import { PurgeEpochs } from '../../proxy/cache/purge-epochs.ts';
import { RedisStore } from '../../proxy/cache/redis-store.ts';
import type { Recording } from '../../proxy/cache/types.ts';
import { systemClock } from '../../proxy/core/clock.ts';
import { systemRandom } from '../../proxy/core/random.ts';
import { RedisClient } from '../../proxy/redis/client.ts';
import { startRedis } from '../../tests/setup/redis.ts';
import { completionBody } from '../answers.ts';
import { cpuMicros } from '../machine.ts';
import type { MeasuredRows } from './measured.ts';

export type RedisRows = Pick<MeasuredRows, 'lookupMicros' | 'storeMicros' | 'entryBytes' | 'answerBytes'>;

/** Measures what the product's own commands cost one Redis: CPU time from /proc, memory from INFO. */
export async function measureRedis(entries: number): Promise<RedisRows> {
  const redis = await startRedis();
  const client = new RedisClient({
    url: redis.url,
    prefix: `plan-${randomUUID()}`,
    random: systemRandom,
    commandTimeoutMs: 5_000,
  });
  try {
    await client.start(5_000);
    const clock = systemClock;
    const store = new RedisStore({ client, clock, staleMs: 0, purges: new PurgeEpochs(), onPurged: () => undefined });
    const body = Buffer.from(completionBody());
    await store.prepare(keyOf(0));
    const before = await usedBytes(client);
    const storeMicros = await micros(redis.pid(), entries, async (number) => {
      const key = keyOf(number);
      await store.set(key, recordingOf(body, number), store.mark(key));
    });
    const entryBytes = ((await usedBytes(client)) - before) / entries;
    const lookupMicros = await micros(redis.pid(), entries, async (number) => {
      if ((await store.get(keyOf(number))) === undefined) throw new Error('an entry is missing');
    });
    return { lookupMicros, storeMicros, entryBytes, answerBytes: body.length };
  } finally {
    await client.close();
    await redis.stop();
  }
}

async function micros(pid: number, count: number, command: (number: number) => Promise<void>): Promise<number> {
  const from = cpuMicros(pid) ?? Number.NaN;
  // One by one: at a higher rate lookups of one turn of the event loop travel as one command, and cost less.
  for (let number = 0; number < count; number++) await command(number);
  return ((cpuMicros(pid) ?? Number.NaN) - from) / count;
}

async function usedBytes(client: RedisClient): Promise<number> {
  const answers = await client.send([['INFO', 'memory']]);
  return Number(/used_memory:(\d+)/.exec(String(answers))?.[1]);
}

export function keyOf(number: number): string {
  return `${'0'.repeat(16)}.${number.toString(16).padStart(64, '0')}`;
}

/** A body of which no two are alike: answers are packed. */
export function recordingOf(body: Buffer, number: number): Recording {
  const bytes = Buffer.from(body);
  bytes.write(`${number}`.padStart(8, '0'), bytes.indexOf('chatcmpl') + 9, 'latin1');
  const now = Date.now();
  return {
    operation: 'chat.completions',
    model: 'plan',
    shape: 'body',
    headers: [['content-type', 'application/json']],
    bytes,
    ends: [],
    times: [],
    endpoint: 'plan/one',
    target: { provider: 'openai', address: 'http://one.example/v1', model: 'plan' },
    answerId: `chatcmpl-${number}`,
    kept: false,
    usage: { input: 12, output: 4 },
    encryptedItems: [],
    storedAt: now,
    expiresAt: now + 86_400_000,
  };
}
