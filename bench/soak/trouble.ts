import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import type { Mock } from '../../mocks/index.ts';
import type { OwnRedis } from '../../tests/setup/redis.ts';
import type { ProxyProcess } from '../../tests/setup/services.ts';
import { MODEL, SLOWLY } from './mix.ts';

const FAULT_RATE = 0.04;
const SENT_BEFORE_LEAVING = 16;
/** Faults whose bill both sides can know: before the first byte nothing is owed, in a stream what was sent. */
const BEFORE_AN_ANSWER = ['overloaded', 'server-error', 'rate-limit', 'fin-early', 'reset', 'html-200', 'hang'];
const IN_A_STREAM = ['cut;after=8', 'reset-mid;after=8', 'error-mid;after=8', 'stall-mid;after=8', 'error-first'];

/** Together four of a hundred requests of each kind meet one of the faults; of an answer that its client leaves, some is sent. */
export async function playFaults(mock: Mock): Promise<void> {
  const streamed = [...BEFORE_AN_ANSWER, ...IN_A_STREAM];
  for (const fault of BEFORE_AN_ANSWER) {
    await mock.fault({ match: { stream: false }, rate: FAULT_RATE / BEFORE_AN_ANSWER.length, fault });
  }
  for (const fault of streamed) {
    await mock.fault({ match: { stream: true }, rate: FAULT_RATE / streamed.length, fault });
  }
  await mock.fault({ match: { text: SLOWLY }, fault: { kind: 'hang', afterEvents: SENT_BEFORE_LEAVING } });
}

/** The configuration; `turn` changes the weights. */
export function configuration(mocks: readonly Mock[], redis: OwnRedis, turn: number): string {
  const endpoints = mocks.map((mock, place) => ({
    provider: 'openai',
    name: `mock-${place}`,
    base_url: mock.baseURL,
    api_key: `sk-soak-${place}`,
    weight: 1 + ((place + turn) % mocks.length),
  }));
  return JSON.stringify({
    log: { format: 'json' },
    redis: { url: redis.url },
    cache: { memory: '8MiB' },
    routing: {
      cooldown: '1s',
      timeouts: { connect: '3s', first_byte: '5s', first_content: '8s', answer: '8s', idle: '5s' },
    },
    models: { [MODEL]: { endpoints } },
  });
}

export interface Troubled {
  reloads: number;
  redisKills: number;
}

interface Scene {
  readonly proxy: ProxyProcess;
  readonly mocks: readonly Mock[];
  readonly redis: OwnRedis;
  readonly file: string;
  readonly untilMs: number;
}

async function pause(ms: number, untilMs: number): Promise<boolean> {
  const left = untilMs - Date.now();
  await after(Math.max(0, Math.min(ms, left)));
  return left > ms;
}

/** Puts other configurations in the file's place, by turns with and without SIGHUP. */
async function reload(scene: Scene, everyMs: number, done: Troubled): Promise<void> {
  while (await pause(everyMs, scene.untilMs)) {
    done.reloads += 1;
    await writeFile(`${scene.file}.new`, configuration(scene.mocks, scene.redis, done.reloads));
    await rename(`${scene.file}.new`, scene.file);
    if (done.reloads % 2 === 0) scene.proxy.child.kill('SIGHUP');
  }
}

/** Kills Redis and brings it back, empty. */
async function killRedis(scene: Scene, everyMs: number, done: Troubled): Promise<void> {
  while (await pause(everyMs, scene.untilMs)) {
    await scene.redis.kill();
    done.redisKills += 1;
    await after(Math.min(everyMs / 3, 5_000));
    await scene.redis.restart();
  }
}

/** Reloads and losses of Redis until the time is over; six and three at least, whatever the length. */
export async function trouble(scene: Scene): Promise<Troubled> {
  const length = scene.untilMs - Date.now();
  const done = { reloads: 0, redisKills: 0 };
  await Promise.all([
    reload(scene, Math.min(length / 7, 20_000), done),
    killRedis(scene, Math.min(length / 4, 45_000), done),
  ]);
  return done;
}
