import { expect, test, vi } from 'vitest';
import { describeSharedFlights } from '../../flights/shared-flights-conformance.fixture.ts';
import type { Frame } from '../../flights/shared-flights.ts';
import { pairOfPorts } from '../channel.fixture.ts';
import { Channel } from '../channel.ts';
import type { EntryActNote, EntryNewsNote, FlightAnswer, FlightQuestion } from './flight-messages.ts';
import { FlightHub } from './flight-hub.ts';
import { WorkerFlights } from './worker-flights.ts';

interface Answers {
  readonly enter: FlightAnswer;
}
interface Ping {
  readonly what: 'ping';
}
interface Alive {
  readonly ping: true;
}

/** A hub and three workers at its lines. */
function bench() {
  const stored = new Set<string>();
  const hung = new Set<number>();
  const hub = new FlightHub({
    report: (slot, entry, news) => lines[slot]?.channel.notify({ what: 'entry', entry, news }),
    lives: async (slot, timeoutMs) =>
      !hung.has(slot) && (await lines[slot]?.channel.ask({ what: 'ping' }, timeoutMs)) === true,
    isStored: (key) => stored.has(key),
  });
  const lines = [0, 1, 2].map((slot) => {
    const pair = pairOfPorts();
    const channel = new Channel<Ping, Alive, EntryNewsNote, FlightQuestion, EntryActNote>(pair.ports[0], {
      answer: (question) => hub.enter(slot, question),
      note: ({ entry, act }) => hub.take(slot, entry, act),
    });
    const worker: Channel<FlightQuestion, Answers, EntryActNote, Ping, EntryNewsNote> = new Channel(pair.ports[1], {
      answer: () => true,
      note: ({ entry, news }) => flights.hear(entry, news),
    });
    // A busy machine is no reason to go on alone.
    const flights = new WorkerFlights(
      {
        enter: (question, timeoutMs) => worker.ask(question, timeoutMs),
        say: (entry, act) => worker.notify({ what: 'entry', entry, act }),
      },
      5_000,
    );
    pair.connect(
      (message) => worker.hear(message),
      (message) => channel.hear(message),
    );
    const kill = (): void => {
      pair.cut();
      channel.close();
      hub.ended(slot);
    };
    return { channel, flights, kill };
  });
  const [one, two, three] = lines as [(typeof lines)[0], (typeof lines)[0], (typeof lines)[0]];
  return { hub, lines: [one, two, three] as const, stored, hung };
}

describeSharedFlights('workers', () => {
  const { lines, stored } = bench();
  const [one, two, three] = lines;
  return Promise.resolve({
    processes: [one.flights, two.flights, three.flights] as const,
    kill: (index: number) => lines[index]?.kill(),
    store: (key: string) => void stored.add(key),
  });
});

const NAME = { key: 'key', variant: 'variant' };
const HEAD: Frame = { kind: 'head', bytes: Buffer.from('{}') };
const END: Frame = { kind: 'end', bytes: Buffer.from('{}') };
const chunk = (size: number): Frame => ({ kind: 'chunk', bytes: Buffer.alloc(size, 'x') });

/** A leader whose log is wanted, and a follower that has the head. */
async function followed(of: ReturnType<typeof bench>) {
  const [one, two] = of.lines;
  const led = await one.flights.enter(NAME);
  if (led.role !== 'lead') throw new Error(led.role);
  const wanted = vi.fn<() => void>(() => led.lead.write(HEAD));
  led.lead.begin({ wanted, isFollowed: true, deserted: () => undefined });
  const entered = await two.flights.enter(NAME);
  if (entered.role !== 'follow') throw new Error(entered.role);
  const frames: Frame[] = [];
  const lost = vi.fn<(leader: string) => void>();
  entered.tail.read({ frame: (frame) => frames.push(frame), lost });
  await vi.waitFor(() => expect(frames).toHaveLength(1));
  return { lead: led.lead, tail: entered.tail, frames, lost };
}

test('a leader that hangs is lost to its followers within two seconds', async () => {
  const of = bench();
  const { lost } = await followed(of);
  of.hung.add(0);
  const since = performance.now();
  await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), { timeout: 4_000 });
  expect(performance.now() - since).toBeLessThan(2_500);
  expect((await of.lines[2].flights.enter(NAME, { instead: lost.mock.calls[0]?.[0] })).role).toBe('lead');
});

test('nothing is held of what is over', async () => {
  const of = bench();
  const { lead, frames } = await followed(of);
  for (let index = 0; index < 100; index += 1) lead.write(chunk(10_000));
  lead.end(END);
  await vi.waitFor(() => expect(frames).toHaveLength(102));
  await vi.waitFor(() => expect([of.hub.size, of.hub.bytes]).toEqual([0, 0]));
});

test('a large log has no new followers, and one that does not read is lost rather than held for ever', async () => {
  const of = bench();
  const { lead, tail, lost } = await followed(of);
  tail.pause();
  for (let index = 0; index < 17; index += 1) lead.write(chunk(1024 * 1024));
  await vi.waitFor(() => expect(of.hub.bytes).toBeGreaterThan(16 * 1024 * 1024));
  expect((await of.lines[2].flights.enter(NAME)).role).toBe('alone');
  for (let index = 0; index < 20; index += 1) lead.write(chunk(1024 * 1024));
  await vi.waitFor(() => expect(of.hub.followers).toBe(0), { timeout: 4_000 });
  expect(lost).not.toHaveBeenCalled();
  tail.resume();
  await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), { timeout: 4_000 });
});

test('a worker that does not hear in time whether it leads goes on alone, and leads nothing', async () => {
  const of = bench();
  const slow = new WorkerFlights({
    enter: () => Promise.resolve(undefined),
    say: (entry, act) => of.hub.take(7, entry, act),
  });
  of.hub.enter(7, { what: 'enter', entry: 1, ...NAME, instead: undefined, pastStored: false });
  expect((await slow.enter(NAME)).role).toBe('alone');
  expect(of.hub.size).toBe(0);
  expect((await of.lines[0].flights.enter(NAME)).role).toBe('lead');
});
