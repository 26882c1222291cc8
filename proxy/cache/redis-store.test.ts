import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Keyspace } from '../redis/keyspace.ts';
import { Barriers } from './barriers.ts';
import { encodeEntry } from './codec.ts';
import { modelTag } from './key.ts';
import { makeRecording } from './recordings.fixture.ts';
import { RedisStore } from './redis-store.ts';

const KEY = `${modelTag('m')}.${'1'.repeat(64)}`;

interface Bench {
  readonly store: RedisStore;
  readonly barriers: Barriers;
  readonly purged: string[];
  /** Answers the read that waits. */
  readonly reply: (all: string, model: string, entry: Buffer) => void;
}

/** A store over a Redis whose answers to reads come when the test says so. */
function bench(): Bench {
  const barriers = new Barriers();
  const purged: string[] = [];
  const waiting: ((values: Buffer[]) => void)[] = [];
  const store = new RedisStore({
    client: {
      keys: new Keyspace('test'),
      read: () => new Promise((resolve) => waiting.push(resolve)),
      send: (commands) => Promise.resolve(commands.map(() => 'OK')),
      subscribe: () => () => undefined,
      onUp: () => () => undefined,
    },
    clock: new ManualClock(),
    staleMs: 0,
    barriers,
    onPurged: (prefix) => {
      purged.push(prefix);
      barriers.raise(prefix);
    },
  });
  const reply = (all: string, model: string, entry: Buffer): void => {
    waiting.shift()?.([Buffer.from(all), Buffer.from(model), entry]);
  };
  return { store, barriers, purged, reply };
}

async function read({ store, reply }: Bench, all: string, model: string): Promise<boolean> {
  const reading = store.get(KEY);
  reply(all, model, await encodeEntry(makeRecording(), `${all} ${model}`));
  return (await reading) !== undefined;
}

test('an entry is read only under the tokens that it carries', async () => {
  const made = bench();
  expect(await read(made, 'a', 'b')).toBe(true);
  const reading = made.store.get(KEY);
  made.reply('a', 'c', await encodeEntry(makeRecording(), 'a b'));
  expect(await reading).toBeUndefined();
});

test.each([
  ['everything', ''],
  ['its model', `${modelTag('m')}.`],
  ['its key', KEY],
])('a purge of %s that comes between a read and its answer makes it a miss', async (_, prefix) => {
  const made = bench();
  await read(made, 'a', 'b');
  const entry = await encodeEntry(makeRecording(), 'a b');
  const reading = made.store.get(KEY);
  made.barriers.raise(prefix);
  made.reply('a', 'b', entry);
  expect(await reading).toBeUndefined();
});

test('the answer of a read that a purge has overtaken teaches no token', async () => {
  const made = bench();
  const reading = made.store.get(KEY);
  made.barriers.raise('');
  made.reply('old', 'b', await encodeEntry(makeRecording(), 'old b'));
  await reading;
  expect(made.store.generation(KEY)).toEqual({ epoch: 1 });
});

test('a purge by others that a read discovers is told, and what was stored after it is found', async () => {
  const made = bench();
  await read(made, 'a', 'b');
  expect(await read(made, 'new', 'b')).toBe(true);
  expect(made.purged).toEqual(['']);
  expect(made.store.generation(KEY)).toEqual({ epoch: 1, shared: 'new b' });
});
