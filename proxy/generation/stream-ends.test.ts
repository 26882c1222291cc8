import { expect, test } from 'vitest';
import { PROTOCOLS } from '../protocols/table.ts';
import { chunk, DONE } from './generation.fixture.ts';
import { Events, stream } from './intake.fixture.ts';
import { StreamIntake } from './stream-intake.ts';

const chat = PROTOCOLS['chat.completions'];

test('an event that lacks nothing but its blank line at a clean end gets one', () => {
  for (const end of ['data: [DONE]', 'data: [DONE]\n', 'data: [DONE]\r\n']) {
    const { events, feed, intake } = stream();
    feed(chunk({ content: 'Hi' }) + chunk({}, 'stop') + end);
    intake.onEnd();
    expect(events.text).toMatch(/data: \[DONE\](?:\n\n|\r\n\n)$/);
    expect(events.outcome).toEqual({ kind: 'ok', status: 200 });
    expect(events.facts?.complete).toBe(true);
    expect(events.whole?.bytes.toString()).toBe(events.text);
  }
});

test.each([true, false])('an event that is torn goes nowhere (kept: %s)', (kept) => {
  const { events, feed, intake } = stream(kept);
  const text = chunk({ content: 'Hi' });
  feed(`${text}data: {"id":"chatcmpl-1","cho`);
  intake.onEnd();
  expect(events.text).toBe(text);
  expect(events.outcome?.kind).toBe('cut');
});

test.each([true, false])(
  'a clean end after every finish reason is an end, and the mark is added (kept: %s)',
  (kept) => {
    const { events, feed, intake } = stream(kept);
    const text = chunk({ content: 'Hi' }) + chunk({}, 'stop') + chunk({}, 'stop', { choices: [], usage: null });
    feed(text);
    intake.onEnd();
    expect(events.text).toBe(text + DONE);
    expect(events.outcome).toEqual({ kind: 'ok', status: 200 });
    if (kept) expect(events.facts?.complete).toBe(true);
    if (kept) expect(events.whole?.bytes.toString()).toBe(text + DONE);
  },
);

test('with the mark torn the answer is whole for the client and nothing to keep', () => {
  const { events, feed, intake } = stream();
  const text = chunk({ content: 'Hi' }) + chunk({}, 'stop');
  feed(`${text}data: [DO`);
  intake.onEnd();
  expect(events.text).toBe(text + DONE);
  expect(events.outcome?.kind).toBe('ok');
  expect(events.facts).toMatchObject({ complete: false, reason: 'the last event is torn' });
});

test.each([true, false])(
  'a connection that closes without a mark is a cut, whatever came before (kept: %s)',
  (kept) => {
    const events = new Events();
    events.keepsLog = kept;
    const intake = new StreamIntake(chat, events, { delimited: false });
    const text = chunk({ content: 'Hi' }) + chunk({}, 'stop');
    intake.onData(Buffer.from(text));
    intake.onEnd();
    expect(events.text).toBe(text);
    expect(events.outcome?.kind).toBe('cut');

    const marked = new Events();
    const other = new StreamIntake(chat, marked, { delimited: false });
    other.onData(Buffer.from(text + DONE));
    other.onEnd();
    expect(marked.outcome?.kind).toBe('ok');
    expect(marked.facts?.complete).toBe(true);
  },
);

test.each([
  ['one piece', true, true],
  ['two pieces', false, true],
  ['two pieces that are not kept', false, false],
])('a mark that closes an unfinished answer does not go out, in %s', (_what, whole, kept) => {
  const { events, feed, intake } = stream(kept);
  const text = chunk({ content: 'Hi' });
  if (whole) feed(text + DONE);
  else for (const piece of [text, DONE]) feed(piece);
  expect(events.text).toBe(text);
  expect(events.outcome).toEqual({ kind: 'cut', reason: 'a choice has no finish_reason' });
  intake.onEnd();
  expect(events.calls.filter((call) => call === 'finish')).toHaveLength(1);
});

test('a mark behind an error that the SDKs throw on goes out as it came', () => {
  const { events, feed, intake } = stream();
  const text = `${chunk({ content: 'Hi' })}data: {"error":{"message":"overloaded"}}\n\n${DONE}`;
  feed(text);
  intake.onEnd();
  expect(events.text).toBe(text);
  expect(events.outcome?.kind).toBe('cut');
  expect(events.facts?.failed).toBe(true);
});

test.each([
  ['a flat error', 'data: {"object":"error","message":"engine is dead"}\n\n'],
  ['a choice that ends with an error', chunk({}, 'error')],
])('%s in the middle of a stream is a cut that the client is told of', (_what, error) => {
  const { events, feed, intake } = stream();
  const text = chunk({ content: 'Hi' }) + error;
  feed(text + DONE);
  intake.onEnd();
  expect(events.text).toBe(text);
  expect(events.outcome?.kind).toBe('cut');
  expect(events.facts?.failed).toBeUndefined();
});

test('text that looks like a mark is text', () => {
  const { events, feed, intake } = stream();
  const text = chunk({ content: '[DONE]' });
  feed(text);
  expect(events.text).toBe(text);
  feed(chunk({}, 'stop') + DONE);
  intake.onEnd();
  expect(events.outcome?.kind).toBe('ok');
});

test('what follows the mark is passed on and makes the answer nothing to keep; a comment does not', () => {
  for (const [late, complete] of [
    [chunk({}, null, { choices: [] }), false],
    [': bye\n\n', true],
  ] as const) {
    const { events, feed, intake } = stream();
    const text = chunk({ content: 'Hi' }) + chunk({}, 'stop') + DONE;
    feed(text);
    feed(late);
    intake.onEnd();
    expect(events.text).toBe(text + late);
    expect(events.outcome?.kind).toBe('ok');
    expect(events.facts?.complete).toBe(complete);
    expect(events.whole?.bytes.toString()).toBe(text + late);
  }
});

test('a connection that breaks behind the terminal event ends a good answer', () => {
  const good = stream();
  good.feed(chunk({ content: 'Hi' }) + chunk({}, 'stop') + DONE);
  good.intake.onFailure({ kind: 'cut', reason: 'reset' });
  expect(good.events.outcome).toEqual({ kind: 'ok', status: 200 });

  const torn = stream();
  torn.feed(chunk({ content: 'Hi' }) + chunk({}, 'stop') + DONE);
  torn.feed('data: {"');
  torn.intake.onFailure({ kind: 'cut', reason: 'reset' });
  expect(torn.events.outcome).toEqual({ kind: 'ok', status: 200 });
  expect(torn.events.facts?.complete).toBe(false);

  const unmarked = stream();
  unmarked.feed(chunk({ content: 'Hi' }) + chunk({}, 'stop'));
  unmarked.intake.onFailure({ kind: 'cut', reason: 'reset' });
  expect(unmarked.events.outcome).toEqual({ kind: 'cut', reason: 'reset' });

  const idle = stream();
  idle.feed(chunk({ content: 'Hi' }) + chunk({}, 'stop') + DONE);
  idle.intake.onFailure({ kind: 'timeout_idle', reason: 'silent' });
  expect(idle.events.outcome).toEqual({ kind: 'timeout_idle', reason: 'silent' });
});

test.each([
  ['Responses with a clean end', 'responses', true],
  ['Responses whose connection closes', 'responses', false],
  ['chat whose connection closes', 'chat.completions', false],
] as const)('%s without the last blank line are whole for the client and nothing to keep', (_what, id, delimited) => {
  const item = '"output":[{"type":"function_call"}]';
  const completed = `event: response.completed\ndata: {"type":"response.completed","response":{"id":"r","status":"completed",${item}}}`;
  const text = id === 'responses' ? completed : `${chunk({ content: 'Hi' })}${chunk({}, 'stop')}data: [DONE]`;
  for (const [end, complete] of [
    ['', false],
    ['\n', false],
    ['\n\n', true],
  ] as const) {
    const events = new Events();
    const intake = new StreamIntake(PROTOCOLS[id], events, { delimited });
    intake.onData(Buffer.from(text + end));
    intake.onEnd();
    expect(events.text).toBe(`${text}\n\n`);
    expect(events.outcome?.kind).toBe('ok');
    expect(events.facts?.complete).toBe(complete);
  }
});
