import { expect, test } from 'vitest';
import { scanJson } from '../wire/json-scan.ts';
import { responses } from '../protocols/openai/responses.ts';
import { chatCompletions } from '../protocols/openai/chat-completions.ts';
import type { Endpoint } from '../routing/types.ts';
import { ReceivedRequest } from '../wire/http.ts';
import type { GenerationRequest } from './request.ts';
import { translatedCall, translatedHeaders } from './translated-intake.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'none' },
  upstreamModel: 'there',
  weight: 1,
  headers: {},
  responses: 'translated',
};

function requestOf(body: object): GenerationRequest {
  const bytes = Buffer.from(JSON.stringify(body));
  const head = { method: 'POST', path: '/responses', query: '', headers: {} };
  return {
    id: 'req_1',
    protocol: responses,
    view: new ReceivedRequest(head, [bytes]),
    facts: responses.facts(body as never),
    scan: scanJson(bytes),
    addsUsage: false,
  };
}

const request = requestOf({ model: 'm', input: 'hi', stream: true, store: false, truncation: 'auto' });

function heard() {
  const data: Buffer[] = [];
  const ends: string[] = [];
  const inner = {
    onData: (chunk: Buffer) => void data.push(chunk),
    onEnd: () => void ends.push('end'),
    onFailure: ({ kind }: { kind: string }) => void ends.push(kind),
  };
  return { inner, ends, text: () => Buffer.concat(data).toString() };
}

test('only Responses at an endpoint that knows none are translated', () => {
  expect(translatedCall(request, { ...endpoint, responses: 'stateless' })).toBeUndefined();
  const chat = { ...request, protocol: chatCompletions };
  expect(translatedCall(chat, endpoint)).toBeUndefined();
});

test('the request is one of chat completions, under the name that the endpoint knows; what it cannot tell is named', () => {
  const call = translatedCall(request, endpoint)!;
  expect(call.request.protocol.path).toBe('/chat/completions');
  expect(JSON.parse(call.request.view.body.toString())).toMatchObject({
    model: 'there',
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(call.request.scan).toBeUndefined();
  expect(call.dropped).toContain('truncation');
});

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'there', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const stream = `${chunk({ role: 'assistant', content: 'hel' })}${chunk({ content: 'lo' })}${chunk({}, 'stop')}data: [DONE]\n\n`;

test.each([1, 7, 1_000])('a stream is the client’s, whatever the cuts (every %s bytes)', (size) => {
  const { inner, ends, text } = heard();
  const intake = translatedCall(request, endpoint)!.intake(inner, 1_000);
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length; at += size) intake.onData(bytes.subarray(at, at + size));
  intake.onEnd();
  expect(ends).toEqual(['end']);
  expect(text()).toContain('event: response.output_text.delta');
  expect(
    responses.judgeStream(
      text()
        .split(/(?<=\n\n)/)
        .map((event) => Buffer.from(event)),
    ),
  ).toMatchObject({ ended: true });
});

test('a body is the client’s, once it is whole', () => {
  const { inner, ends, text } = heard();
  const intake = translatedCall(requestOf({ model: 'm', input: 'hi' }), endpoint)!.intake(inner, 1_000);
  const message = { role: 'assistant', content: 'hello' };
  const body = JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'there',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
  });
  intake.onData(Buffer.from(` ${body.slice(0, 20)}`));
  expect(text()).toBe('');
  intake.onData(Buffer.from(body.slice(20)));
  intake.onEnd();
  expect(JSON.parse(text())).toMatchObject({ object: 'response', status: 'completed' });
  expect(ends).toEqual(['end']);
});

test('what is cut is never finished, and what is too large is a cut', () => {
  const cut = heard();
  const intake = translatedCall(request, endpoint)!.intake(cut.inner, 1_000);
  intake.onData(Buffer.from(stream.slice(0, 200)));
  intake.onFailure({ kind: 'cut', reason: 'ECONNRESET' });
  expect(cut.ends).toEqual(['cut']);
  expect(cut.text()).not.toContain('response.completed');
  const large = heard();
  const body = translatedCall(request, endpoint)!.intake(large.inner, 1_000);
  body.onData(Buffer.from('{'));
  body.onData(Buffer.alloc(17 * 1024 * 1024, 0x20));
  body.onEnd();
  expect(large.ends).toEqual(['cut']);
});

test('the head of a translated answer has another length', () => {
  expect(translatedHeaders({ 'content-length': '5', date: 'x' })).toEqual({
    'transfer-encoding': 'chunked',
    date: 'x',
  });
  expect(translatedHeaders({ date: 'x' })).toEqual({ date: 'x' });
});
