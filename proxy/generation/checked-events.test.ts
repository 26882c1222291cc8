import { expect, test } from 'vitest';
import type { AnswerFacts } from '../protocols/types.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import { BodyIntake, HOLD_LIMIT } from './body-intake.ts';
import { type AnswerCheck, CheckedEvents, UNCHECKED } from './checked-events.ts';
import { chunk, COMPLETION, DONE, turn } from './generation.fixture.ts';
import { EventsToBodyIntake } from './events-to-body.ts';
import { Events } from './intake.fixture.ts';

const chat = PROTOCOLS['chat.completions'];

/** An intake of JSON whose events are checked; `decide` ends the check. */
function setUp() {
  const events = new Events();
  const asked: string[] = [];
  const faults: unknown[] = [];
  let decide: (verdict: Awaited<ReturnType<AnswerCheck>>) => void = () => undefined;
  let fail: (fault: Error) => void = () => undefined;
  const check: AnswerCheck = (body) => {
    asked.push(body.toString());
    return new Promise((resolve, reject) => {
      decide = resolve;
      fail = reject;
    });
  };
  const run = (step: () => void): void => {
    try {
      step();
    } catch (fault) {
      faults.push(fault);
    }
  };
  const checked = new CheckedEvents(events, { check, run });
  const settled = async (step: () => void): Promise<void> => {
    step();
    await turn();
  };
  return {
    events,
    asked,
    faults,
    checked,
    intake: new BodyIntake(chat, checked),
    decided: (verdict: Awaited<ReturnType<AnswerCheck>>) => settled(() => decide(verdict)),
    failed: (fault: Error) => settled(() => fail(fault)),
  };
}

test('an answer that fits goes on in its order, unchanged, once its check has decided', async () => {
  const { events, asked, checked, intake, decided } = setUp();
  intake.onData(Buffer.from(COMPLETION));
  expect(asked).toEqual([]);
  intake.onEnd();
  expect([asked, events.calls, events.pushed]).toEqual([[COMPLETION], ['first'], []]);
  expect(checked.withheld?.body.toString()).toBe(COMPLETION);
  await decided(undefined);
  expect(events.calls).toEqual(['first', 'commit', 'finish']);
  expect(events.head).toEqual({ length: COMPLETION.length, answerId: 'chatcmpl-1' });
  expect(events.text).toBe(COMPLETION);
  expect(events.facts).toMatchObject({ complete: true, usage: { input: 5, output: 2 } });
  expect(checked.withheld).toBeUndefined();
});

test('an answer that does not fit is refused with the reason, and what it costs comes along', async () => {
  const { events, intake, decided } = setUp();
  intake.onData(Buffer.from(COMPLETION));
  intake.onEnd();
  await decided('/a must be number');
  expect(events.calls).toEqual(['first', 'refuse']);
  expect(events.outcome).toEqual({ kind: 'invalid_output', status: 200, reason: '/a must be number' });
  expect(events.answer).toBeUndefined();
  expect(events.withheld).toMatchObject({ body: Buffer.from(COMPLETION), facts: { usage: { input: 5, output: 2 } } });
  expect(events.pushed).toEqual([]);
});

test('an answer that cannot be checked goes on, and its facts say that it is nothing to store', async () => {
  const { events, intake, decided } = setUp();
  intake.onData(Buffer.from(COMPLETION));
  intake.onEnd();
  await decided(UNCHECKED);
  expect(events.calls).toEqual(['first', 'commit', 'finish']);
  expect(events.outcome?.kind).toBe('ok');
  expect(events.facts).toMatchObject({ complete: false, usage: { input: 5, output: 2 } });
});

test('an answer whose time is up goes on at once; what the check says afterwards is ignored', async () => {
  const { events, checked, intake, decided } = setUp();
  intake.onData(Buffer.from(COMPLETION));
  intake.onEnd();
  checked.passUnchecked();
  expect(events.calls).toEqual(['first', 'commit', 'finish']);
  await decided('/a must be number');
  checked.passUnchecked();
  expect(events.calls).toEqual(['first', 'commit', 'finish']);
  expect(events.text).toBe(COMPLETION);
});

test('a limit of tokens does not make an unchecked answer one to store', async () => {
  const { events, checked, decided } = setUp();
  const facts: AnswerFacts = { complete: false, atLimit: true, ended: true, encryptedItems: [] };
  checked.commit({ length: 2 });
  checked.push(Buffer.from('{}'));
  checked.finish({ kind: 'ok' }, facts);
  await decided(UNCHECKED);
  expect(events.facts?.atLimit).toBeUndefined();
});

test('events that were made into JSON are checked as the JSON', async () => {
  const { events, asked, checked, decided } = setUp();
  const intake = new EventsToBodyIntake(chat, checked, { delimited: true });
  intake.onData(Buffer.from(chunk({ content: '{"a":1}' }) + chunk({}, 'stop') + DONE));
  intake.onEnd();
  expect(JSON.parse(asked[0]!)).toMatchObject({ choices: [{ message: { content: '{"a":1}' } }] });
  await decided(undefined);
  expect(events.text).toBe(asked[0]);
});

test('a body beyond what is held passes as it comes and is not checked', () => {
  const { events, asked, intake } = setUp();
  intake.onData(Buffer.alloc(HOLD_LIMIT));
  intake.onData(Buffer.from('x'));
  intake.onData(Buffer.from('y'));
  intake.onEnd();
  expect(events.calls).toEqual(['first', 'commit', 'finish']);
  expect(Buffer.concat(events.pushed)).toHaveLength(HOLD_LIMIT + 2);
  expect(asked).toEqual([]);
});

test('what the intake refuses is refused at once', () => {
  const { events, asked, intake } = setUp();
  intake.onData(Buffer.from('{"error":{"message":"no"}}'));
  intake.onEnd();
  expect([events.calls, events.outcome?.kind, asked]).toEqual([['first', 'refuse'], 'bad_answer', []]);
});

test('while the check runs, no failure of a connection that has done its work counts', async () => {
  const { events, intake, decided } = setUp();
  intake.onData(Buffer.from(COMPLETION));
  intake.onEnd();
  intake.onFailure({ kind: 'cut', reason: 'made up' });
  await decided(undefined);
  expect(events.calls).toEqual(['first', 'commit', 'finish']);
});

test('a check that fails itself is a fault, and the answer does not go on', async () => {
  const { events, faults, intake, failed } = setUp();
  intake.onData(Buffer.from(COMPLETION));
  intake.onEnd();
  await failed(new Error('made up'));
  expect(faults).toMatchObject([{ message: 'made up' }]);
  expect(events.calls).toEqual(['first']);
});
