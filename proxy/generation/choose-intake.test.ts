import { expect, test } from 'vitest';
import type { OutcomeKind } from '../core/outcome.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import { PROVIDERS } from '../providers/table.ts';
import type { Endpoint } from '../routing/types.ts';
import type { RefusedAnswer } from './answer.ts';
import { chooseIntake } from './choose-intake.ts';
import type { IntakeEvents } from './intake.ts';

const NOW = 1_750_000_000_000;
const BODY =
  '{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"id":"chatcmpl-1"}';
const STREAM = 'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

const ENDPOINT: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://a.test',
  basePath: '/v1',
  credential: { kind: 'none' },
  weight: 1,
  headers: {},
};

interface Head {
  readonly status?: number;
  readonly type?: string;
  readonly stream?: boolean;
  readonly callersCredential?: boolean;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Seen {
  kind?: OutcomeKind | undefined;
  reason?: string | undefined;
  retryAfterMs?: number | undefined;
  answer?: RefusedAnswer | undefined;
  committed?: boolean;
}

/** What becomes of a whole answer with this head. */
function read({ status = 200, type, stream = false, callersCredential = false, body, headers = {} }: Head): Seen {
  const seen: Seen = {};
  const events: IntakeEvents = {
    commit: () => (seen.committed = true),
    refuse: ({ kind, reason, retryAfterMs }, answer) => Object.assign(seen, { kind, reason, retryAfterMs, answer }),
    finish: ({ kind }) => (seen.kind = kind),
    push: () => undefined,
    log: () => undefined,
    firstEvent: () => undefined,
  };
  const expected = {
    protocol: PROTOCOLS['chat.completions'],
    stream,
    view: { includeUsage: false, includeObfuscation: true },
    provider: PROVIDERS.openai,
    callersCredential,
    now: NOW,
    endpoint: ENDPOINT,
    opaque: undefined,
  };
  const all = { ...headers, ...(type === undefined ? {} : { 'content-type': type }) };
  const intake = chooseIntake(status, all, expected, events);
  intake.onData(Buffer.from(body ?? (stream ? STREAM : BODY)));
  intake.onEnd();
  return seen;
}

test.each([200, 201, 299])('status %i is an answer', (status) => {
  expect(read({ status, type: 'application/json' })).toMatchObject({ committed: true, kind: 'ok' });
  expect(read({ status, type: 'text/event-stream', stream: true })).toMatchObject({ committed: true, kind: 'ok' });
});

test.each([300, 301, 302, 307, 399])('status %i is a redirect: neither followed nor handed on', (status) => {
  expect(read({ status, type: 'application/json', headers: { location: 'http://elsewhere.test' } })).toEqual({
    kind: 'bad_answer',
    reason: `answered with status ${status}, a redirect`,
    retryAfterMs: undefined,
    answer: undefined,
  });
});

test.each([400, 404, 429, 500])('status %i is judged by the provider and kept for the client', (status) => {
  const body = '{"error":{"message":"no","code":"c"}}';
  const seen = read({ status, type: 'application/json', body, headers: { 'retry-after': '2', server: 'x' } });
  expect(seen.retryAfterMs).toBe(2_000);
  expect(seen.reason).toBe(`status ${status}, code c`);
  expect([seen.answer?.status, seen.answer?.body.toString(), seen.committed]).toEqual([status, body, undefined]);
  expect(seen.answer?.headers).toEqual([
    ['retry-after', '2'],
    ['content-type', 'application/json'],
  ]);
});

test('whose credential it was decides about a 401', () => {
  expect(read({ status: 401, body: '' }).kind).toBe('unauthorized');
  expect(read({ status: 401, body: '', callersCredential: true }).kind).toBe('credential_refused');
});

test.each([
  ['application/json', false],
  ['Application/JSON; charset=utf-8', false],
  ['text/event-stream', true],
  ['TEXT/Event-Stream;charset=UTF-8', true],
])('the content type %s is read in any case and with parameters', (type, stream) => {
  expect(read({ type, stream })).toMatchObject({ committed: true, kind: 'ok' });
});
