import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { pairOfPorts } from './channel.fixture.ts';
import { Channel } from './channel.ts';
import { Kept } from './kept.ts';
import type {
  PrimaryAnswers,
  PrimaryNote,
  PrimaryQuestion,
  WorkerAnswers,
  WorkerNote,
  WorkerQuestion,
} from './messages.ts';
import { PrimaryDesk } from './primary-desk.ts';
import { WorkerHealth, WorkerStates, WorkerStore } from './worker-bus.ts';
import type { ToPrimary } from './worker-link.ts';

type ToWorker = Channel<WorkerQuestion, WorkerAnswers, WorkerNote, PrimaryQuestion, PrimaryNote>;

/** The desk of a primary and two workers at it. */
function bench() {
  const clock = new ManualClock();
  const lines: { readonly down: ToWorker; readonly up: ToPrimary; readonly health: WorkerHealth; cut(): void }[] = [];
  const offer = (note: WorkerNote, except?: number): void => {
    for (const [slot, { down }] of lines.entries()) if (slot !== except) down.offer(note);
  };
  const none = { enter: () => 'alone' as const, take: () => undefined };
  const desk = new PrimaryDesk({
    kept: new Kept(clock, 1_000_000),
    pool: { offer, askOthers: () => Promise.resolve([]) },
    whole: { reading: () => Promise.reject(new Error('not here')), metrics: () => Promise.resolve() },
    flights: none,
  });
  for (const slot of [0, 1]) {
    const { ports, connect, cut } = pairOfPorts();
    const down: ToWorker = new Channel(ports[0], {
      answer: (question, part) => desk.answer(slot, question, part),
      note: (note) => desk.note(slot, note),
    });
    const up: ToPrimary = new Channel<PrimaryQuestion, PrimaryAnswers, PrimaryNote, WorkerQuestion, WorkerNote>(
      ports[1],
      {
        answer: () => undefined,
        note: (note) => note.what === 'health' && health.hear(note.endpoint, note.change),
      },
    );
    const health = new WorkerHealth(up);
    connect(
      (message) => up.hear(message),
      (message) => down.hear(message),
    );
    lines.push({ down, up, health, cut });
  }
  const [one, other] = lines as [(typeof lines)[0], (typeof lines)[0]];
  return { clock, one, other };
}

test('a change of health reaches the other workers, not its sender, and is there for those that come later', async () => {
  const { one, other } = bench();
  const heard: string[] = [];
  one.health.subscribe((endpoint) => heard.push(`one: ${endpoint}`));
  const end = other.health.subscribe((endpoint) => heard.push(`other: ${endpoint}`));
  one.health.publish('a', { state: 'admitting', at: 1 }, 0);
  await expect.poll(() => heard).toEqual(['other: a']);
  expect([...(await other.health.load())]).toEqual([['a', { state: 'admitting', at: 1 }]]);
  end();
  one.health.publish('b', { state: 'admitting', at: 2 }, 0);
  await expect.poll(async () => [...(await one.health.load())].length).toBe(2);
  expect(heard).toEqual(['other: a']);
});

test('a string that one worker sets another one gets', async () => {
  const { one, other } = bench();
  new WorkerStore(one.up, 'affinity').set('id', 'm/a', 60_000);
  await expect.poll(() => new WorkerStore(other.up, 'affinity').get('id')).toBe('m/a');
  expect(await new WorkerStore(other.up, 'cached-share').get('id')).toBeUndefined();
});

const PLACE = { scope: 's', kind: 'conversation', id: 'c' } as const;

test('of changes at the same moment none is lost', async () => {
  const { one, other } = bench();
  const add = (states: WorkerStates, text: string): Promise<boolean> =>
    states.update(PLACE, (current) => Buffer.concat([current ?? Buffer.alloc(0), Buffer.from(text)]), 60_000);
  const states = [new WorkerStates(one.up), new WorkerStates(other.up)] as const;
  await Promise.all(Array.from({ length: 8 }, (_, index) => add(states[index % 2 === 0 ? 0 : 1], String(index))));
  const whole = (await states[0].get(PLACE))?.toString() ?? '';
  expect(whole).toHaveLength(8);
  for (let index = 0; index < 8; index += 1) expect(whole).toContain(String(index));
  expect(await states[1].update(PLACE, () => undefined, 60_000)).toBe(false);
  expect([await states[1].delete(PLACE), await states[0].delete(PLACE)]).toEqual([true, false]);
  expect(await states[0].get(PLACE)).toBeUndefined();
});

test('a kept value has its time, and is no worker’s without the primary', async () => {
  const { clock, one } = bench();
  const states = new WorkerStates(one.up);
  await states.put(PLACE, Buffer.from('value'), 1_000);
  expect((await states.get(PLACE))?.toString()).toBe('value');
  clock.advance(1_001);
  expect(await states.get(PLACE)).toBeUndefined();
  one.cut();
  await expect(states.get(PLACE)).rejects.toMatchObject({ code: 'state_unavailable' });
  await expect(states.put(PLACE, Buffer.from('value'), 1_000)).rejects.toMatchObject({ code: 'state_unavailable' });
  expect(await new WorkerStore(one.up, 'affinity').get('id')).toBeUndefined();
  expect([...(await one.health.load())]).toEqual([]);
});
