import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Keyspace } from '../redis/keyspace.ts';
import { PurgeEpochs } from './purge-epochs.ts';
import { EntryCodec } from './codec.ts';
import { modelTag } from './key.ts';
import { makeRecording } from './recordings.fixture.ts';
import { RedisStore } from './redis-store.ts';

const CODEC = new EntryCodec();
const KEY = `${modelTag('m')}.${'1'.repeat(64)}`;

interface Bench {
  readonly store: RedisStore;
  readonly purges: PurgeEpochs;
  readonly purged: string[];
  /** Answers the read that waits. */
  readonly reply: (all: string, model: string, entry: Buffer) => void;
}

/** A store over a Redis whose answers to reads come when the test says so. */
function bench(): Bench {
  const purges = new PurgeEpochs();
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
    purges,
    onPurged: (prefix) => {
      purged.push(prefix);
      purges.record(prefix);
    },
  });
  const reply = (all: string, model: string, entry: Buffer): void => {
    waiting.shift()?.([Buffer.from(all), Buffer.from(model), entry]);
  };
  return { store, purges, purged, reply };
}

async function read({ store, reply }: Bench, all: string, model: string): Promise<boolean> {
  const reading = store.get(KEY);
  reply(all, model, await CODEC.encode(KEY, makeRecording(), `${all} ${model}`));
  return (await reading) !== undefined;
}

test('an entry is read only under the tokens that it carries', async () => {
  const made = bench();
  expect(await read(made, 'a', 'b')).toBe(true);
  const reading = made.store.get(KEY);
  made.reply('a', 'c', await CODEC.encode(KEY, makeRecording(), 'a b'));
  expect(await reading).toBeUndefined();
});

test.each([
  ['everything', ''],
  ['its model', `${modelTag('m')}.`],
  ['its key', KEY],
])('a purge of %s that comes between a read and its answer makes it a miss', async (_, prefix) => {
  const made = bench();
  await read(made, 'a', 'b');
  const entry = await CODEC.encode(KEY, makeRecording(), 'a b');
  const reading = made.store.get(KEY);
  made.purges.record(prefix);
  made.reply('a', 'b', entry);
  expect(await reading).toBeUndefined();
});

test('the answer of a read that a purge has overtaken teaches no token', async () => {
  const made = bench();
  const reading = made.store.get(KEY);
  made.purges.record('');
  made.reply('old', 'b', await CODEC.encode(KEY, makeRecording(), 'old b'));
  await reading;
  expect(made.store.mark(KEY)).toEqual({ epoch: 1 });
});

test('a purge by others that a read discovers is reported, and what was stored after it is found', async () => {
  const made = bench();
  await read(made, 'a', 'b');
  expect(await read(made, 'new', 'b')).toBe(true);
  expect(made.purged).toEqual(['']);
  expect(made.store.mark(KEY)).toEqual({ epoch: 1, shared: 'new b' });
});
