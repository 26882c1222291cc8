import { expect, test } from 'vitest';
import { PROTOCOLS } from '../protocols/table.ts';
import { BodyIntake } from './body-intake.ts';
import { ErrorIntake } from './error-intake.ts';
import { chunk, COMPLETION, DONE } from './generation.fixture.ts';
import { Events, stream } from './intake.fixture.ts';

const chat = PROTOCOLS['chat.completions'];
const HOLD_LIMIT = 16 * 1024 * 1024;
const OPENING_LIMIT = 256 * 1024;

test('a body is held until it is whole and judged', () => {
  const events = new Events();
  const intake = new BodyIntake(chat, events);
  for (const byte of Buffer.from(COMPLETION)) intake.onData(Buffer.from([byte]));
  expect(events.calls).toEqual(['first']);
  intake.onEnd();
  expect(events.calls).toEqual(['first', 'commit', 'finish']);
  expect(events.head).toEqual({ length: COMPLETION.length, answerId: 'chatcmpl-1' });
  expect(events.text).toBe(COMPLETION);
  expect(events.facts?.complete).toBe(true);
});

test.each([
  ['not JSON', '<html>'],
  ['an error object', '{"error":{"message":"no"}}'],
  ['nothing', ''],
])('a body that is %s is refused as a bad answer', (_what, body) => {
  const events = new Events();
  const intake = new BodyIntake(chat, events);
  if (body !== '') intake.onData(Buffer.from(body));
  intake.onEnd();
  expect(events.outcome).toMatchObject({ kind: 'bad_answer', status: 200 });
  expect(events.pushed).toEqual([]);
});

test('a body that breaks off while it is held is a bad answer; a timeout stays a timeout', () => {
  for (const [kind, outcome] of [
    ['cut', 'bad_answer'],
    ['timeout_idle', 'timeout_idle'],
    ['client_left', 'client_left'],
  ] as const) {
    const events = new Events();
    const intake = new BodyIntake(chat, events);
    intake.onData(Buffer.from('{'));
    intake.onFailure({ kind, reason: 'made up' });
    expect(events.calls).toEqual(['first', 'refuse']);
    expect(events.outcome?.kind).toBe(outcome);
  }
});

test('a body beyond what is held is passed on as it comes, and a break is then a cut', () => {
  const events = new Events();
  const intake = new BodyIntake(chat, events);
  intake.onData(Buffer.alloc(HOLD_LIMIT));
  expect(events.calls).toEqual(['first']);
  intake.onData(Buffer.from('x'));
  expect(events.calls).toEqual(['first', 'commit']);
  expect(events.head).toEqual({});
  intake.onData(Buffer.from('y'));
  expect(Buffer.concat(events.pushed)).toHaveLength(HOLD_LIMIT + 2);
  intake.onFailure({ kind: 'cut', reason: 'made up' });
  expect(events.outcome).toEqual({ kind: 'cut', reason: 'made up' });

  const whole = new Events();
  const other = new BodyIntake(chat, whole);
  other.onData(Buffer.alloc(HOLD_LIMIT + 1));
  other.onEnd();
  expect(whole.calls).toEqual(['first', 'commit', 'finish']);
  expect(whole.outcome).toEqual({ kind: 'ok' });
});

test('openings are held back until the first content, which goes out with them in one piece', () => {
  const { events, feed } = stream();
  feed(chunk({ role: 'assistant' }));
  feed(': a comment\n\n');
  expect(events.calls).toEqual([]);
  feed(chunk({ content: 'Hi' }));
  expect(events.calls).toEqual(['first', 'commit']);
  expect(events.head).toEqual({ answerId: 'chatcmpl-1' });
  expect(events.pushed).toHaveLength(1);
  expect(events.text).toBe(`${chunk({ role: 'assistant' })}: a comment\n\n${chunk({ content: 'Hi' })}`);
});

test('events are passed on whole, wherever the network cuts them', () => {
  const { events, intake } = stream();
  const text = chunk({ content: 'Hi' }) + chunk({ content: 'there' }) + chunk({}, 'stop') + DONE;
  for (const byte of Buffer.from(text)) intake.onData(Buffer.from([byte]));
  intake.onEnd();
  expect(events.text).toBe(text);
  for (const bytes of events.pushed) expect(bytes.toString()).toMatch(/\n\n$/);
  expect(events.outcome).toEqual({ kind: 'ok', status: 200 });
  expect(events.whole?.events).toHaveLength(4);
});

test.each([
  ['ends before any content', chunk({ role: 'assistant' })],
  ['is only an end mark', DONE],
  ['is empty', ''],
  ['begins with an error', 'data: {"error":{"message":"overloaded"}}\n\n'],
])('a stream that %s is a bad answer', (_what, text) => {
  const { events, intake, feed } = stream();
  if (text !== '') feed(text);
  intake.onEnd();
  feed(chunk({ content: 'late' }));
  intake.onEnd();
  expect(events.calls).toEqual(['refuse']);
  expect(events.outcome).toMatchObject({ kind: 'bad_answer', status: 200 });
  expect(events.pushed).toEqual([]);
});

test('an opening of more than 256 KiB is passed on', () => {
  const { events, feed } = stream();
  const comment = `: ${'x'.repeat(OPENING_LIMIT - 4)}\n\n`;
  feed(comment);
  expect(events.calls).toEqual([]);
  feed(': y\n\n');
  expect(events.calls).toEqual(['first', 'commit']);
  expect(events.text).toHaveLength(comment.length + 5);
});

test('one event beyond every bound is a bad answer before the first content, and a cut after it', () => {
  const huge = Buffer.alloc(9 * 1024 * 1024, 'x');
  const before = stream();
  for (let i = 0; i < 16; i += 1) before.intake.onData(huge);
  expect(before.events.outcome?.kind).toBe('bad_answer');
  const after = stream();
  after.feed(chunk({ content: 'Hi' }));
  for (let i = 0; i < 16; i += 1) after.intake.onData(huge);
  expect(after.events.outcome?.kind).toBe('cut');
});

test.each([true, false])('a stream that stops in the middle is a cut (kept: %s)', (kept) => {
  const { events, feed, intake } = stream(kept);
  feed(chunk({ content: 'Hi' }));
  intake.onEnd();
  expect(events.outcome?.kind).toBe('cut');
});

test('before the first content a break is a bad answer, and a timeout stays one', () => {
  for (const [kind, outcome] of [
    ['cut', 'bad_answer'],
    ['timeout_idle', 'timeout_idle'],
  ] as const) {
    const { events, feed, intake } = stream();
    feed(chunk({ role: 'assistant' }));
    intake.onFailure({ kind, reason: 'made up' });
    feed(chunk({ content: 'late' }));
    expect(events.calls).toEqual(['refuse']);
    expect(events.outcome).toMatchObject({ kind: outcome, reason: 'made up' });
  }
});

test('a stream that is not kept is judged as it comes', () => {
  const good = stream(false);
  good.feed(chunk({ content: 'Hi' }));
  good.feed(chunk({}, 'stop') + DONE + ': bye\n\n');
  good.intake.onEnd();
  expect(good.events.outcome).toEqual({ kind: 'ok', status: 200 });
  expect(good.events.whole).toBeUndefined();

  const failed = stream(false);
  failed.feed(chunk({ content: 'Hi' }));
  failed.feed('data: {"error":{"message":"overloaded"}}\n\n');
  failed.intake.onEnd();
  expect(failed.events.outcome?.kind).toBe('cut');
  expect(failed.events.facts).toMatchObject({ failed: true, complete: false, ended: false });
});

test('an error body is kept up to its bound; more of it, and a break, end it as one that is not whole', () => {
  const bodies: [number, string | undefined][] = [];
  const make = (events: Events): ErrorIntake =>
    new ErrorIntake(events, ({ bytes, lacks }) => {
      bodies.push([bytes.length, lacks]);
      return { outcome: { kind: 'server_error', status: 500 } };
    });
  const whole = new Events();
  const first = make(whole);
  first.onData(Buffer.alloc(OPENING_LIMIT));
  expect(whole.calls).toEqual([]);
  first.onData(Buffer.alloc(1));
  expect(whole.calls).toEqual(['refuse']);
  const broken = new Events();
  const second = make(broken);
  second.onData(Buffer.alloc(10));
  second.onFailure({ kind: 'cut', reason: 'reset' });
  const good = new Events();
  const fourth = make(good);
  fourth.onData(Buffer.alloc(5));
  fourth.onEnd();
  const left = new Events();
  const third = make(left);
  third.onFailure({ kind: 'client_left', reason: 'left' });
  expect(left.outcome).toEqual({ kind: 'client_left', reason: 'left' });
  expect(bodies).toEqual([
    [OPENING_LIMIT + 1, 'it has more than 256 KiB'],
    [10, 'it broke off (reset)'],
    [5, undefined],
  ]);
});
