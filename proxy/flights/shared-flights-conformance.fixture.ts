import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { Entered, Frame, Lead, LogName, SharedFlights, Tail } from './shared-flights.ts';

/** Three processes that share. */
export interface SharedBench {
  readonly processes: readonly [SharedFlights, SharedFlights, SharedFlights];
  /** Kills one: from here on nothing comes from it, and it says nothing of that. */
  readonly kill: (index: number) => void | Promise<void>;
  /** Has an answer be stored under this cache key. */
  readonly store: (key: string) => void | Promise<void>;
}

/** How long the followers of a dead leader wait at most, in milliseconds; for a test with some to spare. */
const DEATH_MS = 2_000;
const SOON = { timeout: 1_500, interval: 5 };
const LATER = { timeout: 4_000, interval: 10 };

const NAME: LogName = { key: `${'ab'.repeat(8)}.${'0c'.repeat(32)}`, variant: 'targets' };

const HEAD: Frame = { kind: 'head', bytes: Buffer.from('{"status":200}') };
const END: Frame = { kind: 'end', bytes: Buffer.from('{"kind":"done"}') };

function chunk(text: string): Frame {
  return { kind: 'chunk', bytes: Buffer.from(text) };
}

/** A leader as a generation is one: keeps what it has made, and writes it once it is wanted. */
class Leader {
  readonly lead: Lead;
  readonly made: Frame[] = [];
  wanted = 0;
  deserted = 0;
  isFollowed = true;

  constructor(entered: Entered) {
    if (entered.role !== 'lead') throw new Error(`does not lead, but is: ${entered.role}`);
    this.lead = entered.lead;
    const isFollowed = (): boolean => this.isFollowed;
    this.lead.begin({
      wanted: () => {
        this.wanted += 1;
        for (const frame of this.made) this.lead.write(frame);
      },
      get isFollowed() {
        return isFollowed();
      },
      deserted: () => (this.deserted += 1),
    });
  }

  make(...frames: Frame[]): void {
    for (const frame of frames) {
      this.made.push(frame);
      if (this.wanted > 0) this.lead.write(frame);
    }
  }
}

class Reader {
  readonly tail: Tail;
  readonly frames: Frame[] = [];
  readonly lost: string[] = [];

  constructor(entered: Entered) {
    if (entered.role !== 'follow') throw new Error(`does not follow, but is: ${entered.role}`);
    this.tail = entered.tail;
    this.tail.read({ frame: (frame) => this.frames.push(frame), lost: (leader) => this.lost.push(leader) });
  }

  get text(): string {
    return this.frames.map(({ kind, bytes }) => `${kind}:${bytes.toString()}`).join(' ');
  }
}

function written(...frames: Frame[]): string {
  return frames.map(({ kind, bytes }) => `${kind}:${bytes.toString()}`).join(' ');
}

function rolesOf(entered: readonly Entered[]): string[] {
  return entered.map(({ role }) => role).toSorted((one, other) => one.localeCompare(other));
}

/** The second and the third process have lost their leader. */
async function enterAgain(
  { 1: second, 2: third }: SharedBench['processes'],
  readers: readonly Reader[],
): Promise<string[]> {
  const [one, other] = readers.map(({ lost }) => lost[0]);
  return rolesOf(await Promise.all([second.enter(NAME, { instead: one }), third.enter(NAME, { instead: other })]));
}

type Open = () => Promise<SharedBench>;

/** What every way of sharing generations owes to them. */
export function describeSharedFlights(name: string, open: Open): void {
  describe(name, () => {
    testElection(open);
    testReading(open);
    testEnds(open);
    testLeaving(open);
    testDeath(open);
  });
}

function testElection(open: Open): void {
  test('of many that enter at once one leads, and the others follow it', async () => {
    const { processes } = await open();
    const entering = Array.from({ length: 10 }, () => processes.map((one) => one.enter(NAME))).flat();
    expect(rolesOf(await Promise.all(entering))).toEqual([...Array.from({ length: 29 }, () => 'follow'), 'lead']);
  });

  test('another key, and another variant of the same key, have leaders of their own', async () => {
    const { processes } = await open();
    const names = [NAME, { ...NAME, variant: 'other' }, { ...NAME, key: NAME.key.replaceAll('0c', '0d') }];
    for (const [index, one] of names.entries()) {
      expect((await processes[index % 3]?.enter(one))?.role).toBe('lead');
    }
    for (const one of names) expect((await processes[2].enter(one)).role).toBe('follow');
  });

  test('where an answer is stored only a process that has looked for it leads', async () => {
    const { processes, store } = await open();
    await store(NAME.key);
    expect((await processes[0].enter(NAME)).role).toBe('stored');
    expect((await processes[0].enter(NAME, { pastStored: true })).role).toBe('lead');
    expect((await processes[1].enter(NAME)).role).toBe('follow');
  });

  test('what is too large to be followed from its start is followed by no new one', async () => {
    const { processes } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    const reader = new Reader(await processes[1].enter(NAME));
    leader.make(HEAD, chunk('one'));
    await vi.waitFor(() => expect(reader.text).toBe(written(HEAD, chunk('one'))), SOON);
    leader.lead.close();
    await vi.waitFor(async () => expect((await processes[2].enter(NAME)).role).toBe('alone'), SOON);
    leader.make(chunk('two'));
    leader.lead.end(END);
    await vi.waitFor(() => expect(reader.text).toBe(written(HEAD, chunk('one'), chunk('two'), END)), SOON);
  });
}

function testReading(open: Open): void {
  test('who comes before the head, in the middle and at the end gets every frame in its order', async () => {
    const { processes } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    const early = new Reader(await processes[1].enter(NAME));
    leader.make(HEAD, chunk('one'), chunk('two'));
    await vi.waitFor(() => expect(early.frames).toHaveLength(3), SOON);
    const late = new Reader(await processes[2].enter(NAME));
    leader.make(chunk('three'));
    const same = new Reader(await processes[0].enter(NAME));
    leader.lead.end(END);
    const all = written(HEAD, chunk('one'), chunk('two'), chunk('three'), END);
    for (const reader of [early, late, same]) {
      await vi.waitFor(() => expect(reader.text).toBe(all), SOON);
      expect(reader.lost).toEqual([]);
    }
  });

  test('frames of any bytes and size arrive as they were', async () => {
    const { processes } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    const reader = new Reader(await processes[1].enter(NAME));
    const large = Buffer.alloc(300_001, Buffer.from([0, 255, 128, 10, 200]));
    const frames = [
      HEAD,
      { kind: 'chunk' as const, bytes: large },
      { kind: 'chunk' as const, bytes: Buffer.from([254]) },
    ];
    leader.make(...frames);
    for (let index = 0; index < 500; index += 1) leader.make(chunk(`small ${index}`));
    leader.lead.end(END);
    await vi.waitFor(() => expect(reader.frames).toHaveLength(504), LATER);
    expect(reader.frames[1]?.bytes.equals(large)).toBe(true);
    expect(reader.frames[2]?.bytes).toEqual(Buffer.from([254]));
    expect(reader.frames[502]?.bytes.toString()).toBe('small 499');
  });

  test('a follower that pauses gets nothing, and then everything; it holds no other up', async () => {
    const { processes } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    const slow = new Reader(await processes[1].enter(NAME));
    const quick = new Reader(await processes[2].enter(NAME));
    leader.make(HEAD);
    await vi.waitFor(() => expect([slow.frames.length, quick.frames.length]).toEqual([1, 1]), SOON);
    slow.tail.pause();
    leader.make(chunk('one'));
    leader.lead.end(END);
    await vi.waitFor(() => expect(quick.text).toBe(written(HEAD, chunk('one'), END)), SOON);
    expect(slow.frames).toHaveLength(1);
    slow.tail.resume();
    await vi.waitFor(() => expect(slow.text).toBe(quick.text), SOON);
  });

  test('nothing is asked of a leader without followers elsewhere', async () => {
    const { processes } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    leader.make(HEAD, chunk('one'));
    await processes[1].enter({ ...NAME, variant: 'other' });
    expect(leader.wanted).toBe(0);
    const readers = [new Reader(await processes[1].enter(NAME)), new Reader(await processes[2].enter(NAME))];
    for (const reader of readers) await vi.waitFor(() => expect(reader.frames).toHaveLength(2), SOON);
    expect(leader.wanted).toBe(1);
  });
}

function testEnds(open: Open): void {
  test('after an end the next one leads anew', async () => {
    const { processes } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    leader.make(HEAD);
    leader.lead.end(END);
    await vi.waitFor(async () => {
      const next = await processes[1].enter(NAME);
      expect(next.role).toBe('lead');
    }, SOON);
  });

  test('until the answer is stored its leader is still followed', async () => {
    const { processes } = await open();
    const stored = Promise.withResolvers<void>();
    const leader = new Leader(await processes[0].enter(NAME));
    leader.make(HEAD, chunk('one'));
    leader.lead.end(END, stored.promise);
    const late = new Reader(await processes[1].enter(NAME));
    await vi.waitFor(() => expect(late.text).toBe(written(HEAD, chunk('one'), END)), SOON);
    stored.resolve();
    await vi.waitFor(async () => expect((await processes[2].enter(NAME)).role).toBe('lead'), SOON);
  });

  test('a leader that gives up is lost to its followers at once, and one of them leads', async () => {
    const { processes } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    const readers = [new Reader(await processes[1].enter(NAME)), new Reader(await processes[2].enter(NAME))];
    await vi.waitFor(() => expect(leader.wanted).toBe(1), SOON);
    leader.lead.end();
    for (const reader of readers) await vi.waitFor(() => expect(reader.lost).toHaveLength(1), SOON);
    expect(await enterAgain(processes, readers)).toEqual(['follow', 'lead']);
  });
}

function testLeaving(open: Open): void {
  test('a leader whose own followers have left gives up at once when no other process follows', async () => {
    const { processes } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    leader.isFollowed = false;
    leader.lead.left();
    await vi.waitFor(() => expect(leader.deserted).toBe(1), SOON);
    expect((await processes[1].enter(NAME)).role).toBe('lead');
  });

  test('it goes on for those elsewhere, until the last of them has left', async () => {
    const { processes } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    const readers = [new Reader(await processes[1].enter(NAME)), new Reader(await processes[2].enter(NAME))];
    leader.make(HEAD);
    for (const reader of readers) await vi.waitFor(() => expect(reader.frames).toHaveLength(1), SOON);
    leader.isFollowed = false;
    leader.lead.left();
    readers[0]?.tail.leave();
    await sleep(DEATH_MS / 2);
    leader.make(chunk('one'));
    await vi.waitFor(() => expect(readers[1]?.text).toBe(written(HEAD, chunk('one'))), SOON);
    expect(leader.deserted).toBe(0);
    expect(readers[0]?.frames).toHaveLength(1);
    readers[1]?.tail.leave();
    await vi.waitFor(() => expect(leader.deserted).toBe(1), LATER);
  });

  test('a follower that dies is missed by the leader, too', async () => {
    const { processes, kill } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    const reader = new Reader(await processes[1].enter(NAME));
    leader.make(HEAD);
    await vi.waitFor(() => expect(reader.frames).toHaveLength(1), SOON);
    await kill(1);
    reader.tail.leave();
    leader.isFollowed = false;
    leader.lead.left();
    await vi.waitFor(() => expect(leader.deserted).toBe(1), LATER);
  });
}

function testDeath(open: Open): void {
  test('when a leader dies its followers hear of it within two seconds, and one of them leads', async () => {
    const { processes, kill } = await open();
    const leader = new Leader(await processes[0].enter(NAME));
    const readers = [new Reader(await processes[1].enter(NAME)), new Reader(await processes[2].enter(NAME))];
    leader.make(HEAD);
    for (const reader of readers) await vi.waitFor(() => expect(reader.frames).toHaveLength(1), SOON);
    const killed = performance.now();
    await kill(0);
    for (const reader of readers) await vi.waitFor(() => expect(reader.lost).toHaveLength(1), LATER);
    expect(performance.now() - killed).toBeLessThan(DEATH_MS + 500);
    expect(await enterAgain(processes, readers)).toEqual(['follow', 'lead']);
  });

  test('who comes after the death of a leader follows it no longer than those two seconds', async () => {
    const { processes, kill } = await open();
    const dead = new Leader(await processes[0].enter(NAME));
    await kill(0);
    expect(dead.wanted).toBe(0);
    const entered = await processes[1].enter(NAME);
    if (entered.role === 'lead') return;
    const reader = new Reader(entered);
    await vi.waitFor(() => expect(reader.lost).toHaveLength(1), LATER);
    expect((await processes[1].enter(NAME, { instead: reader.lost[0] })).role).toBe('lead');
  });
}
