import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { Command } from '../redis/client.ts';
import { Keyspace } from '../redis/keyspace.ts';
import { UNAVAILABLE } from '../redis/unavailable.ts';
import { PurgeEpochs } from './purge-epochs.ts';
import { EntryCodec } from './codec.ts';
import { modelTag } from './key.ts';
import { makeRecording } from './recordings.fixture.ts';
import { RedisStore } from './redis-store.ts';

const CODEC = new EntryCodec();
const KEYS = new Keyspace('test');
const SIBLING = `${modelTag('m')}.${'2'.repeat(64)}`;
const OTHER = `${modelTag('n')}.${'1'.repeat(64)}`;
const KEY = `${modelTag('m')}.${'1'.repeat(64)}`;

interface Bench {
  readonly store: RedisStore;
  readonly clock: ManualClock;
  readonly purges: PurgeEpochs;
  readonly purged: string[];
  /** Commands that were sent, without those of purges by token. */
  readonly sent: Command[];
  /** Whether Redis answers commands, and what it answers to each. */
  readonly redis: { answers: boolean; answer(command: Command): unknown };
  readonly reads: () => number;
  /** Redis begins to answer. */
  readonly up: () => void;
  /** Answers the read that waits. */
  readonly reply: (all: string, model: string, entry: Buffer) => void;
}

/** A store over a Redis whose answers to reads come when the test says so. */
function bench(): Bench {
  const purges = new PurgeEpochs();
  const purged: string[] = [];
  const clock = new ManualClock();
  const waiting: ((values: Buffer[]) => void)[] = [];
  const sent: Command[] = [];
  const redis: Bench['redis'] = { answers: true, answer: () => 1 };
  const listeners: (() => void)[] = [];
  let reads = 0;
  const store = new RedisStore({
    client: {
      keys: KEYS,
      nodes: [undefined],
      clockAheadMs: 0,
      read: () => {
        reads += 1;
        return new Promise((resolve) => waiting.push(resolve));
      },
      send: (commands) => {
        if (!redis.answers) return Promise.resolve(UNAVAILABLE);
        sent.push(...commands);
        return Promise.resolve(commands.map((command) => redis.answer(command)));
      },
      subscribe: () => () => undefined,
      onUp: (listener) => {
        listeners.push(listener);
        return () => undefined;
      },
    },
    clock,
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
  const up = (): void => {
    for (const listener of listeners) listener();
  };
  return { store, clock, purges, purged, sent, redis, reads: () => reads, up, reply };
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

test('a mark holds what Redis said of both purges, and nothing while one of them is unknown', async () => {
  const made = bench();
  expect(made.store.mark(KEY)).toEqual({ epoch: 0 });
  await read(made, 'a', 'b');
  expect(made.store.mark(KEY)).toEqual({ epoch: 0, shared: 'a b' });
  expect(made.store.mark(OTHER)).toEqual({ epoch: 0 });
  made.purges.record(`${modelTag('m')}.`);
  expect(made.store.mark(KEY)).toEqual({ epoch: 1 });
});

test('what a mark needs is read once', async () => {
  const made = bench();
  const first = made.store.prepare(KEY);
  expect(made.reads()).toBe(1);
  made.reply('a', 'b', Buffer.alloc(0));
  await first;
  await made.store.prepare(KEY);
  expect(made.reads()).toBe(1);
});

test('an entry is written for its life and the stale time, with its tokens kept alive', async () => {
  const made = bench();
  const recording = makeRecording({ expiresAt: made.clock.now() + 1_000.5 });
  expect(await made.store.set(KEY, recording, { epoch: 0, shared: 'a b' })).toBe(true);
  const [name, , ...args] = made.sent[0]!;
  const names = [KEYS.purgeToken('', KEY), KEYS.purgeToken(`${modelTag('m')}.`, KEY), KEYS.cacheEntry(KEY)];
  expect([name, ...args.slice(0, 6)]).toEqual(['EVAL', 3, ...names, 'a', 'b']);
  const sixtyDays = 60 * 24 * 3_600_000;
  expect(args.slice(7)).toEqual([1_001, sixtyDays, KEY, 16, 'answer']);
  expect(made.sent).toHaveLength(1);
});

test('an answer that can be deleted at its provider is listed for its entry', async () => {
  const made = bench();
  const recording = makeRecording({ expiresAt: made.clock.now() + 1_000, answerId: 'resp_1', kept: true });
  await made.store.set(KEY, recording, { epoch: 0, shared: 'a b' });
  expect([made.sent[0]?.[2], made.sent[0]?.[6]]).toEqual([4, KEYS.cacheAnswer('resp_1')]);
});

test('an entry whose tokens are no longer in force was not stored', async () => {
  const made = bench();
  made.redis.answer = () => 0;
  const recording = makeRecording({ expiresAt: made.clock.now() + 1_000 });
  expect(await made.store.set(KEY, recording, { epoch: 0, shared: 'a b' })).toBe(false);
});

test.each([
  ['without a mark of Redis', {}, { epoch: 0 }],
  ['that is over already', { expiresAt: 0 }, { epoch: 0, shared: 'a b' }],
  ['that a purge has overtaken', {}, { epoch: -1, shared: 'a b' }],
])('an entry %s is not written', async (_what, change, mark) => {
  const made = bench();
  made.purges.record(KEY);
  made.clock.advance(1);
  const recording = makeRecording({ expiresAt: made.clock.now() + 1, ...change });
  expect(await made.store.set(KEY, recording, { ...mark, epoch: mark.epoch + 1 })).toBe(false);
  expect(made.sent).toEqual([]);
});

test('an entry whose time ends in this millisecond is not written, one with a millisecond left is', async () => {
  const made = bench();
  const mark = { epoch: 0, shared: 'a b' };
  expect(await made.store.set(KEY, makeRecording({ expiresAt: made.clock.now() }), mark)).toBe(false);
  expect(await made.store.set(KEY, makeRecording({ expiresAt: made.clock.now() + 1 }), mark)).toBe(true);
});

test('an entry that Redis did not take was not stored', async () => {
  const made = bench();
  made.redis.answers = false;
  const recording = makeRecording({ expiresAt: made.clock.now() + 1_000 });
  expect(await made.store.set(KEY, recording, { epoch: 0, shared: 'a b' })).toBe(false);
});

function listing(...keys: string[]): Bench['redis']['answer'] {
  return ([name]) => (name === 'LRANGE' ? keys : 1);
}

test('an answer is forgotten by its list, which then goes; what is no key in it is passed over', async () => {
  const made = bench();
  made.redis.answer = listing(KEY, 'no key', OTHER);
  await made.store.forgetAnswer('resp_1');
  const unlinked = made.sent.filter(([name]) => name === 'UNLINK').map(([, name]) => name);
  expect(unlinked).toEqual([KEYS.cacheEntry(KEY), KEYS.cacheEntry(OTHER), KEYS.cacheAnswer('resp_1')]);
  expect(made.purges.isCurrent(KEY, 0)).toBe(false);
  expect(made.purges.isCurrent(SIBLING, 0)).toBe(true);
  made.sent.length = 0;
  made.up();
  expect(made.sent).toEqual([]);
});

test('an answer that is forgotten while Redis is away is looked for when it is back, and once only', async () => {
  const made = bench();
  made.redis.answers = false;
  await made.store.forgetAnswer('resp_1');
  made.redis.answers = true;
  made.redis.answer = listing(KEY);
  made.up();
  await expect.poll(() => made.sent.map(([, name]) => name)).toContain(KEYS.cacheAnswer('resp_1'));
  await expect.poll(() => made.sent.filter(([name]) => name === 'UNLINK')).toHaveLength(2);
  made.sent.length = 0;
  made.up();
  expect(made.sent).toEqual([]);
});

test('a purge that is open keeps what it concerns unread, and nothing else', async () => {
  const made = bench();
  made.redis.answers = false;
  expect(await made.store.purge(KEY)).toEqual({ deleted: 0, complete: false });
  expect(await made.store.get(KEY)).toBeUndefined();
  expect(made.reads()).toBe(0);
  const reading = made.store.get(SIBLING);
  await expect.poll(made.reads).toBe(1);
  made.reply('a', 'b', await CODEC.encode(SIBLING, makeRecording(), 'a b'));
  expect(await reading).toBeDefined();
  made.redis.answers = true;
  const after = made.store.get(KEY);
  await expect.poll(made.reads).toBe(2);
  made.reply('a', 'b', await CODEC.encode(KEY, makeRecording(), 'a b'));
  expect(await after).toBeDefined();
});

test('with too many purges open everything is purged instead of each', async () => {
  const made = bench();
  made.redis.answers = false;
  const keyOf = (index: number): string => `${modelTag('m')}.${String(index).padStart(64, '0')}`;
  for (let index = 0; index < 10_000; index += 1) await made.store.purge(keyOf(index));
  expect(made.purges.isCurrent(OTHER, made.purges.epoch - 1)).toBe(true);
  await made.store.purge(keyOf(10_000));
  expect(made.purges.isCurrent(OTHER, made.purges.epoch - 2)).toBe(false);
  made.redis.answers = true;
  made.up();
  const replaced = made.sent.filter(([name]) => name === 'SET' || name === 'UNLINK').map(([, name]) => name);
  const last = keyOf(10_000);
  expect(replaced).toEqual([KEYS.purgeToken('', KEY), KEYS.cacheEntry(last), KEYS.purgeMark(last)]);
});

test('only the messages of other replicas are obeyed', () => {
  const purges = new PurgeEpochs();
  const purged: string[] = [];
  let deliver: (message: string) => void = () => undefined;
  let gap: () => void = () => undefined;
  const sent: Command[] = [];
  const store = new RedisStore({
    client: {
      keys: KEYS,
      nodes: [undefined],
      clockAheadMs: 0,
      read: () => Promise.resolve(UNAVAILABLE),
      send: (commands) => {
        sent.push(...commands);
        return Promise.resolve(commands.map(() => 1));
      },
      subscribe: (channel, listener, onGap) => {
        expect(channel).toBe(KEYS.purgeChannel);
        deliver = listener;
        gap = onGap;
        return () => undefined;
      },
      onUp: () => () => undefined,
    },
    clock: new ManualClock(),
    staleMs: 0,
    purges,
    onPurged: (prefix) => purged.push(prefix),
  });
  void store.purge(KEY);
  const [, own] = sent.find(([name]) => name === 'PUBLISH')!.slice(1);
  deliver(String(own));
  deliver('malformed');
  expect(purged).toEqual([]);
  deliver(`other ${KEY}`);
  deliver('other ');
  gap();
  expect(purged).toEqual([KEY, '', '']);
});
