import { expect, test } from 'vitest';
import type { Endpoint } from '../routing/types.ts';
import type { IntakeEvents } from './intake.ts';
import { OpaqueIntake } from './opaque-intake.ts';
import type { LearntAnswer, OpaqueRequest } from './opaque-request.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'key', value: 'sk-our-own-key' },
  weight: 1,
  headers: {},
};

function intake(learn?: (answer: LearntAnswer) => void): { seen: string[]; intake: OpaqueIntake } {
  const seen: string[] = [];
  const events: IntakeEvents = {
    commit: (head) => seen.push(`commit ${JSON.stringify(head)}`),
    refuse: ({ kind, reason }) => seen.push(`refuse ${kind} ${reason}`),
    finish: ({ kind, status, reason }) => seen.push(`finish ${kind} ${status ?? reason}`),
    push: (chunk) => seen.push(chunk.toString()),
    log: () => undefined,
    firstEvent: () => seen.push('first'),
  };
  const opaque: OpaqueRequest = {
    family: 'audio',
    api: 'openai' as const,
    model: 'm',
    inQuery: [],
    body: undefined,
    fresh: false,
    ...(learn ? { learn } : {}),
  };
  return { seen, intake: new OpaqueIntake(opaque, { status: 201, headers: { a: 'b' }, endpoint }, events) };
}

test('an answer is committed with its first byte and passed on piece by piece', () => {
  const { seen, intake: reader } = intake();
  expect(seen).toEqual([]);
  reader.onData(Buffer.from('one'));
  reader.onData(Buffer.from('two'));
  reader.onEnd();
  expect(seen).toEqual(['first', 'commit {}', 'one', 'two', 'finish ok 201']);
});

test('an answer without a body is committed at its end', () => {
  const { seen, intake: reader } = intake();
  reader.onEnd();
  expect(seen).toEqual(['first', 'commit {}', 'finish ok 201']);
});

test.each([
  ['cut', 'bad_answer'],
  ['timeout_idle', 'timeout_idle'],
  ['client_left', 'client_left'],
] as const)('what breaks before the first byte (%s) is refused as %s', (kind, outcome) => {
  const { seen, intake: reader } = intake();
  reader.onFailure({ kind, reason: 'why' });
  expect(seen).toEqual([`refuse ${outcome} why`]);
});

test('what breaks later has ended, with all that came', () => {
  const { seen, intake: reader } = intake();
  reader.onData(Buffer.from('a sk-our'));
  reader.onFailure({ kind: 'cut', reason: 'why' });
  expect(seen).toEqual(['first', 'commit {}', 'a ', 'sk-our', 'finish cut why']);
});

test('our key is hidden, however it is cut', () => {
  const { seen, intake: reader } = intake();
  reader.onData(Buffer.from('a sk-our-'));
  reader.onData(Buffer.from('own-key b'));
  reader.onEnd();
  expect(seen.slice(2, -1).join('')).toBe(`a ${'*'.repeat('sk-our-own-key'.length)} b`);
});

test('a whole answer of moderate size is learnt from, before its end is reported', () => {
  const learnt: LearntAnswer[] = [];
  const { intake: reader } = intake((answer) => learnt.push(answer));
  reader.onData(Buffer.from('{"id":'));
  reader.onData(Buffer.from('"x"}'));
  expect(learnt).toEqual([]);
  reader.onEnd();
  expect(learnt).toEqual([{ endpoint: 'm/a', headers: { a: 'b' }, body: Buffer.from('{"id":"x"}') }]);
});

test('nothing is learnt from a large answer, nor from one that breaks off', () => {
  const learnt: LearntAnswer[] = [];
  const large = intake((answer) => learnt.push(answer)).intake;
  large.onData(Buffer.alloc(64 * 1024));
  large.onData(Buffer.alloc(1));
  large.onEnd();
  const broken = intake((answer) => learnt.push(answer)).intake;
  broken.onData(Buffer.from('{}'));
  broken.onFailure({ kind: 'cut', reason: 'why' });
  expect(learnt).toEqual([]);
});

test('a metered answer ends with what it is billed, and its bytes are the same', () => {
  const body = '{"data":[{"url":"x"}],"usage":{"input_tokens":1,"output_tokens":2}}';
  const finished: unknown[] = [];
  const pushed: Buffer[] = [];
  const none = (): undefined => undefined;
  const events: IntakeEvents = {
    commit: none,
    refuse: none,
    finish: (outcome, facts) => finished.push(outcome.kind, facts?.usage),
    push: (chunk) => pushed.push(chunk),
    log: none,
    firstEvent: none,
  };
  const request = { family: 'images', model: 'm', inQuery: [], body: undefined, fresh: false } as const;
  const answer = { status: 200, headers: { 'content-type': 'application/json' }, endpoint };
  for (const billed of ['now', 'later', undefined] as const) {
    const reader = new OpaqueIntake({ ...request, ...(billed ? { billed } : {}) }, answer, events);
    reader.onData(Buffer.from(body));
    reader.onEnd();
  }
  const cut = new OpaqueIntake({ ...request, billed: 'now' }, answer, events);
  cut.onData(Buffer.from(body.slice(0, -1)));
  cut.onFailure({ kind: 'cut', reason: 'why' });
  expect(finished).toEqual([
    'ok',
    { input: 1, output: 2, images: 1 },
    'ok',
    undefined,
    'ok',
    undefined,
    'cut',
    undefined,
  ]);
  expect(Buffer.concat(pushed).toString()).toBe(body.repeat(3) + body.slice(0, -1));
});
