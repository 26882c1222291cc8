import { expect, test } from 'vitest';
import { Flight, type FlightEnding } from './flight.ts';
import { Flights } from './flights.ts';
import { LogBudget } from './log-budget.ts';

type Head = { status: number };

class Recorder {
  readonly seen: string[] = [];
  ending: FlightEnding<string> | undefined;
  accept = true;
  onOpen(head: Head): void {
    this.seen.push(`open ${head.status}`);
  }
  onChunk(chunk: Buffer): boolean {
    this.seen.push(chunk.toString());
    return this.accept;
  }
  onEnd(ending: FlightEnding<string>): void {
    this.ending = ending;
  }
}

function flow(): { calls: string[]; pause: () => void; resume: () => void; abort: () => void } {
  const calls: string[] = [];
  const note = (name: string) => () => void calls.push(name);
  return { calls, pause: note('pause'), resume: note('resume'), abort: note('abort') };
}

const bytes = (text: string): Buffer => Buffer.from(text);

test('a late follower gets the flight from its first event and then follows', () => {
  const flight = new Flight<Head, string>(1_000);
  const early = new Recorder();
  flight.attach(early);
  flight.open({ status: 200 });
  flight.push(bytes('a'));
  const late = new Recorder();
  flight.attach(late);
  flight.push(bytes('b'));
  flight.end({ kind: 'done' });
  expect(early.seen).toEqual(['open 200', 'a', 'b']);
  expect(late.seen).toEqual(['open 200', 'a', 'b']);
  expect(late.ending).toEqual({ kind: 'done' });
});

test('a follower that attaches after the end still gets everything', () => {
  const flight = new Flight<Head, string>(1_000);
  flight.attach(new Recorder());
  flight.open({ status: 200 });
  flight.push(bytes('a'));
  flight.end({ kind: 'done' });
  const late = new Recorder();
  flight.attach(late);
  expect(late.seen).toEqual(['open 200', 'a']);
  expect(late.ending).toEqual({ kind: 'done' });
});

test('the upstream is aborted when the last follower leaves, not before', () => {
  const flight = new Flight<Head, string>(1_000);
  const controls = flow();
  flight.control(controls);
  const first = flight.attach(new Recorder());
  const second = flight.attach(new Recorder());
  first.leave();
  expect(controls.calls).toEqual([]);
  second.leave();
  expect(controls.calls).toEqual(['abort']);
  expect(flight.ending).toEqual({ kind: 'abandoned' });
});

test('while everything is kept the upstream stands still only when all followers are blocked', () => {
  const flight = new Flight<Head, string>(1_000);
  const controls = flow();
  flight.control(controls);
  const slow = new Recorder();
  slow.accept = false;
  const fast = new Recorder();
  const slowAttachment = flight.attach(slow);
  const fastAttachment = flight.attach(fast);
  flight.open({ status: 200 });
  flight.push(bytes('a'));
  expect(controls.calls).toEqual([]);
  fastAttachment.leave();
  expect(controls.calls).toEqual(['pause']);
  slow.accept = true;
  slowAttachment.resume();
  expect(controls.calls).toEqual(['pause', 'resume']);
});

test('past the bound the flight forgets what was read and takes no new follower', () => {
  const flight = new Flight<Head, string>(3);
  const controls = flow();
  flight.control(controls);
  const follower = new Recorder();
  const attachment = flight.attach(follower);
  flight.open({ status: 200 });
  flight.push(bytes('abc'));
  expect(flight.joinable).toBe(true);
  follower.accept = false;
  flight.push(bytes('d'));
  expect(flight.joinable).toBe(false);
  expect(flight.log).toBeUndefined();
  expect(controls.calls).toEqual(['pause']);
  flight.push(bytes('e'));
  follower.accept = true;
  attachment.resume();
  expect(follower.seen).toEqual(['open 200', 'abc', 'd', 'e']);
  expect(controls.calls).toEqual(['pause', 'resume']);
});

test('a flight that finds nothing left of what all may keep goes on as past its bound, and leaves its part to the others', () => {
  const budget = new LogBudget(4, 2);
  const flights = [1, 2].map(() => new Flight<Head, string>(1_000, undefined, budget));
  const [one, two] = flights as [Flight<Head, string>, Flight<Head, string>];
  for (const flight of flights) {
    flight.attach(new Recorder());
    flight.open({ status: 200 });
    flight.push(bytes('ab'));
  }
  expect(budget.usedBytes).toBe(0);
  one.push(bytes('cd'));
  two.push(bytes('cd'));
  expect(budget.usedBytes).toBe(4);
  two.push(bytes('e'));
  expect([two.joinable, two.log, budget.usedBytes]).toEqual([false, undefined, 2]);
  one.push(bytes('ef'));
  expect([one.joinable, one.log?.map(String), budget.usedBytes]).toEqual([true, ['ab', 'cd', 'ef'], 4]);
  one.end({ kind: 'done' });
  two.end({ kind: 'done' });
  expect(budget.usedBytes).toBe(0);
});

test('a blocked follower hears of the end only after it has taken everything', () => {
  const flight = new Flight<Head, string>(1_000);
  const follower = new Recorder();
  follower.accept = false;
  const attachment = flight.attach(follower);
  flight.open({ status: 200 });
  flight.push(bytes('a'));
  flight.push(bytes('b'));
  flight.end({ kind: 'done' });
  expect(follower.ending).toBeUndefined();
  follower.accept = true;
  attachment.resume();
  expect(follower.seen).toEqual(['open 200', 'a', 'b']);
  expect(follower.ending).toEqual({ kind: 'done' });
});

test('a failure before the head reaches every follower', () => {
  const flight = new Flight<Head, string>(1_000);
  const followers = [new Recorder(), new Recorder()];
  for (const follower of followers) flight.attach(follower);
  flight.end({ kind: 'failed', failure: 'no endpoint' });
  expect(followers.map((each) => each.ending)).toEqual([
    { kind: 'failed', failure: 'no endpoint' },
    { kind: 'failed', failure: 'no endpoint' },
  ]);
});

test('a flight that was abandoned cannot be joined, even while it still is registered', () => {
  const flights = new Flights<{ flight: Flight<Head, string> }>();
  const entry = { flight: new Flight<Head, string>(1_000) };
  flights.add('key', entry);
  expect(flights.find('key')).toBe(entry);
  entry.flight.attach(new Recorder()).leave();
  expect(flights.find('key')).toBeUndefined();
});

test('removing an old flight leaves a newer one of the same key alone', () => {
  const flights = new Flights<{ flight: Flight<Head, string> }>();
  const old = { flight: new Flight<Head, string>(1_000) };
  const newer = { flight: new Flight<Head, string>(1_000) };
  flights.add('key', old);
  flights.add('key', newer);
  flights.remove('key', old);
  expect(flights.find('key')).toBe(newer);
  flights.remove('key', newer);
  expect(flights.size).toBe(0);
});

test('after a purge no request joins a flight that began before it, and its followers go on', () => {
  const flights = new Flights<{ flight: Flight<Head, string> }>();
  const entry = { flight: new Flight<Head, string>(1_000) };
  flights.add('key', entry);
  const follower = new Recorder();
  entry.flight.attach(follower);
  flights.clear();
  expect(flights.find('key')).toBeUndefined();
  entry.flight.open({ status: 200 });
  expect(follower.seen).toEqual(['open 200']);
});

test('the flights that are meant take no further follower, the others do', () => {
  const flights = new Flights<{ flight: Flight<Head, string>; name: string }>();
  const [one, two] = ['one', 'two'].map((name) => ({ flight: new Flight<Head, string>(1_000), name }));
  flights.add('a', one!);
  flights.add('b', two!);
  flights.removeWhere(({ name }) => name === 'one');
  expect([flights.find('a'), flights.find('b'), flights.size]).toEqual([undefined, two, 1]);
});

test('a follower that has left hears nothing more, also when it asks for more, and counts once', () => {
  const flight = new Flight<Head, string>(1_000);
  const controls = flow();
  flight.control(controls);
  const [gone, other] = [new Recorder(), new Recorder()];
  const attachment = flight.attach(gone);
  flight.attach(other);
  flight.open({ status: 200 });
  attachment.leave();
  attachment.leave();
  expect([flight.followers, controls.calls]).toEqual([1, []]);
  flight.push(bytes('a'));
  flight.end({ kind: 'done' });
  attachment.resume();
  expect([gone.seen, gone.ending]).toEqual([['open 200'], undefined]);
  expect(flight.followers).toBe(0);
});

test('a follower that leaves after the end, with bytes to read, ends nothing more', () => {
  let emptied = 0;
  const flight = new Flight<Head, string>(1_000, () => (emptied += 1));
  const controls = flow();
  flight.control(controls);
  const slow = new Recorder();
  slow.accept = false;
  const attachment = flight.attach(slow);
  flight.open({ status: 200 });
  flight.push(bytes('a'));
  flight.push(bytes('b'));
  flight.end({ kind: 'done' });
  attachment.leave();
  expect(flight.ending).toEqual({ kind: 'done' });
  expect([emptied, flight.followers, controls.calls.includes('abort')]).toEqual([0, 0, false]);
});

test('past the bound the slowest follower sets the pace, and what it alone needed goes with it', () => {
  const flight = new Flight<Head, string>(3);
  const controls = flow();
  flight.control(controls);
  const [slow, fast] = [new Recorder(), new Recorder()];
  slow.accept = false;
  const attachment = flight.attach(slow);
  flight.attach(fast);
  flight.open({ status: 200 });
  flight.push(bytes('ab'));
  expect(controls.calls).toEqual([]);
  flight.push(bytes('cd'));
  expect(fast.seen).toEqual(['open 200', 'ab', 'cd']);
  expect(slow.seen).toEqual(['open 200', 'ab']);
  expect(controls.calls).toEqual(['pause']);
  attachment.leave();
  expect(controls.calls).toEqual(['pause', 'resume']);
  flight.push(bytes('e'));
  expect(fast.seen.at(-1)).toBe('e');
  const late = new Recorder();
  flight.attach(late);
  expect([flight.log, late.seen]).toEqual([undefined, ['open 200']]);
});
