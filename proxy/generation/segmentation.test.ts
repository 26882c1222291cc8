import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROTOCOLS } from '../protocols/table.ts';
import { PROVIDERS } from '../providers/table.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import { chooseIntake } from './choose-intake.ts';
import { chunk, COMPLETION, DONE, endpoint } from './generation.fixture.ts';
import { Events } from './intake.fixture.ts';

/** Answers of every kind, good and bad: what they mean must not depend on where the network cuts them. */
const event = (type: string, members: string): string => `event: ${type}\ndata: {"type":"${type}"${members}}\n\n`;
const role = chunk({ role: 'assistant', content: '' });
const text = chunk({ content: 'Grüße 🌍' });
const stop = chunk({}, 'stop');
const usage = `data: {"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n`;
const failure = 'data: {"error":{"message":"no","code":"rate_limit_exceeded"}}\n\n';
const flat = 'data: {"object":"error","message":"dead"}\n\n';

const CHAT: readonly string[] = [
  role + text + stop + usage + DONE,
  role + text + stop + DONE + ': bye\n\n',
  role + text + stop + DONE + usage,
  role + text + stop,
  role + text + stop + 'data: [DONE]',
  role + text + stop + 'data: [DO',
  role + text + DONE,
  role + DONE,
  role + failure + DONE,
  role + text + failure + DONE,
  role + text + flat + DONE,
  role + text + chunk({}, 'error') + DONE,
  role + chunk({}, 'error') + DONE,
  role + text,
  role,
  DONE,
  `\uFEFF: hi\r\n\r\n${(role + text + stop + DONE).replaceAll('\n', '\r\n')}`,
  (role + text + stop + DONE).replaceAll('\n', '\r'),
  `\n\n: keep-alive\n\n${COMPLETION}`,
  COMPLETION.slice(0, 100),
  '{"error":{"message":"no","code":"insufficient_quota"}}',
  '<html>down</html>',
  'retry later',
  'dat',
  '',
];
const RESPONSES: readonly string[] = [
  event('response.created', ',"response":{"id":"r","status":"in_progress"}') +
    event('response.output_text.delta', ',"sequence_number":1,"delta":"a"') +
    event(
      'response.completed',
      ',"sequence_number":2,"response":{"id":"r","status":"completed","output":[{"type":"x"}]}',
    ) +
    DONE,
  event('response.completed', ',"response":{"id":"r","status":"completed","output":[{"type":"x"}]}'),
  event('response.created', ',"response":{"id":"r","status":"in_progress"}') + DONE,
  event('response.failed', ',"response":{"id":"r","status":"failed","error":{"code":"c","message":"m"}}'),
];

const begun = event(
  'message_start',
  ',"message":{"id":"msg_1","content":[],"usage":{"input_tokens":1,"output_tokens":1}}',
);
const opened = event('content_block_start', ',"index":0,"content_block":{"type":"text","text":""}');
const said = event('content_block_delta', ',"index":0,"delta":{"type":"text_delta","text":"Grüße"}').replace(
  '}\n\n',
  '   }\n\n',
);
const closed = event('content_block_stop', ',"index":0');
const ended = event('message_delta', ',"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}');
const over = event('message_stop', '');
const overloaded =
  'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
const MESSAGE = '{"id":"msg_1","type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}';

const MESSAGES: readonly string[] = [
  begun + 'event: ping\ndata: {"type": "ping"}\n\n' + opened + said + closed + ended + over,
  (begun + opened + said + closed + ended + over).replaceAll('\n', '\r\n'),
  begun + opened + said + closed + ended + over.trimEnd(),
  begun + opened + said + closed + ended,
  begun + opened + said + overloaded,
  begun + overloaded,
  begun,
  overloaded,
  MESSAGE,
  MESSAGE.slice(0, 40),
  '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
];

const piece = (value: string, finish = ''): string =>
  `data: {"candidates":[{"content":{"parts":[{"text":"${value}"}]}${finish}}],"responseId":"r"}\r\n\r\n`;
const last = piece('end', ',"finishReason":"STOP"');
const unavailable = 'data: {"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}\r\n\r\n';
const payload = (one: string): string => one.slice('data: '.length, -4);

const GEMINI: readonly string[] = [
  piece('Grüße') + last,
  piece('Grüße') + last.trimEnd(),
  piece('Grüße') + piece('x', ',"finishReason":"SAFETY"'),
  piece('Grüße'),
  piece('') + unavailable,
  piece('Grüße') + unavailable,
  piece('Grüße') + unavailable.replace('data: ', ''),
  'data: {"promptFeedback":{"blockReason":"OTHER"}}\r\n\r\n',
  payload(last),
  `[${payload(piece('a'))},\r\n${payload(last)}]`,
  `[${payload(piece('a'))}`,
  payload(unavailable),
];

interface Case {
  readonly protocol: 'chat.completions' | 'responses' | 'messages' | 'gemini.generate';
  readonly answer: string;
  readonly stream: boolean;
  readonly status: number;
  readonly kept: boolean;
  readonly delimited: boolean;
  readonly failure: UpstreamFailure | undefined;
}

/** Everything that followers, health and the cache learn of the answer. */
function verdict(one: Case, pieces: readonly Buffer[]): unknown {
  const events = new Events();
  events.keepsLog = one.kept;
  const expected = {
    protocol: PROTOCOLS[one.protocol],
    stream: one.stream,
    view: { includeUsage: true, includeObfuscation: true },
    provider: PROVIDERS.compatible,
    callersCredential: false,
    now: 0,
    endpoint: endpoint('a'),
    opaque: undefined,
  };
  const headers = one.delimited ? { 'transfer-encoding': 'chunked' } : {};
  const intake = chooseIntake(one.status, headers, expected, events);
  const over = (): boolean => events.calls.includes('refuse') || events.calls.includes('finish');
  for (const piece of pieces) if (!over()) intake.onData(piece);
  if (!over()) {
    if (one.failure) intake.onFailure(one.failure);
    else intake.onEnd();
  }
  const { calls, outcome, answer, facts, head } = events;
  // How often bytes were passed on, and whether a whole log is kept for the recorder, is the network's affair.
  return { calls, outcome, answer: answer && [answer.status, answer.body.toString()], facts, head, text: events.text };
}

const cuts = (length: number): number[] => Array.from({ length: Math.max(0, length - 1) }, (_, at) => at + 1);

function everyCase(): Case[] {
  const answers = [
    ...CHAT.map((answer) => ({ protocol: 'chat.completions' as const, answer })),
    ...RESPONSES.map((answer) => ({ protocol: 'responses' as const, answer })),
    ...MESSAGES.map((answer) => ({ protocol: 'messages' as const, answer })),
    ...GEMINI.map((answer) => ({ protocol: 'gemini.generate' as const, answer })),
  ];
  const failures = [undefined, { kind: 'cut', reason: 'reset' } as const];
  return answers.flatMap((base) =>
    [true, false].flatMap((stream) =>
      failures.flatMap((broken) =>
        [true, false].flatMap((delimited) =>
          (base.protocol === 'messages' ? [true] : [true, false]).map((kept) => ({
            ...base,
            stream,
            status: 200,
            kept,
            delimited,
            failure: broken,
          })),
        ),
      ),
    ),
  );
}

const PROTOCOL_NAMES = ['chat.completions', 'responses', 'messages', 'gemini.generate'];

test.each(PROTOCOL_NAMES)('%s: cut in two at any byte, an answer means what it means in one piece', (name) => {
  for (const one of everyCase().filter(({ protocol }) => protocol === name)) {
    const label = JSON.stringify(one);
    const bytes = Buffer.from(one.answer);
    const whole = verdict(one, bytes.length === 0 ? [] : [bytes]);
    for (const at of cuts(bytes.length)) {
      const seen = verdict(one, [bytes.subarray(0, at), bytes.subarray(at)]);
      expect(seen, `${label} cut at ${at}`).toEqual(whole);
    }
  }
});

test('so it does byte by byte, and cut anywhere any number of times', () => {
  const all = everyCase();
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.array(fc.nat(400), { maxLength: 12 }), (one, places) => {
      const bytes = Buffer.from(one.answer);
      const ends = [...new Set(places.map((place) => Math.min(place, bytes.length)))].toSorted((a, b) => a - b);
      const pieces = [0, ...ends].map((from, index) => bytes.subarray(from, ends[index] ?? bytes.length));
      const whole = verdict(one, bytes.length === 0 ? [] : [bytes]);
      expect(
        verdict(
          one,
          pieces.filter(({ length }) => length > 0),
        ),
      ).toEqual(whole);
      expect(
        verdict(
          one,
          Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
        ),
      ).toEqual(whole);
    }),
    { numRuns: 500 },
  );
});

test('an error of an endpoint is judged alike however it is cut', () => {
  const bytes = Buffer.from('{"error":{"message":"This model\'s maximum context length is 8192 tokens."}}');
  const one: Case = {
    protocol: 'chat.completions',
    answer: '',
    stream: true,
    status: 400,
    kept: true,
    delimited: true,
    failure: undefined,
  };
  const whole = verdict(one, [bytes]);
  for (const at of cuts(bytes.length)) expect(verdict(one, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
});
