import { expect, test } from 'vitest';
import type { DialectContext, DialectRequest, JsonReply, Reply, StreamReply } from '../reply.ts';
import { testContext } from '../testing.ts';
import { geminiOperations } from './index.ts';

const PARIS = { contents: [{ role: 'user', parts: [{ text: 'What is the capital of France?' }] }] };
const WEATHER = {
  functionDeclarations: [
    {
      name: 'get_weather',
      parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] },
    },
  ],
};
const CALLING = {
  contents: [{ role: 'user', parts: [{ text: 'What is the weather in Paris and in London?' }] }],
  tools: [WEATHER],
};

function requestOf(model: string, method: string, body: unknown, query = ''): DialectRequest {
  return {
    method: 'POST',
    path: `/v1beta/models/${model}:${method}`,
    params: { model },
    query: new URLSearchParams(query),
    headers: {},
    body,
    rawBody: Buffer.from(JSON.stringify(body)),
  };
}

const [generate] = geminiOperations;

function ask(model: string, body: unknown, context: DialectContext = testContext()): Reply {
  return generate!.handle(requestOf(model, 'generateContent', body), context);
}

function stream(model: string, body: unknown, context: DialectContext = testContext()): string {
  const reply = generate!.handle(requestOf(model, 'streamGenerateContent', body, 'alt=sse'), context);
  return [...(reply as StreamReply).events].map(({ bytes }) => bytes).join('');
}

function scripted(over: DialectContext['scripted']): DialectContext {
  return testContext({ scripted: over });
}

/** The members of an object and of those in it, as they stand in the text. */
function outline(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(outline);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.entries(value).map(([name, inner]) => [name, outline(inner)]);
}

const parsed = (reply: Reply): Record<string, unknown> =>
  JSON.parse((reply as JsonReply).body) as Record<string, unknown>;

test('an answer of 2.5: its members in the order of the recordings', () => {
  expect(outline(parsed(ask('gemini-2.5-flash', PARIS)))).toEqual([
    [
      'candidates',
      [
        [
          [
            'content',
            [
              ['parts', [[['text', 'string']]]],
              ['role', 'string'],
            ],
          ],
          ['finishReason', 'string'],
          ['index', 'number'],
        ],
      ],
    ],
    [
      'usageMetadata',
      [
        ['promptTokenCount', 'number'],
        ['candidatesTokenCount', 'number'],
        ['totalTokenCount', 'number'],
        [
          'promptTokensDetails',
          [
            [
              ['modality', 'string'],
              ['tokenCount', 'number'],
            ],
          ],
        ],
        ['thoughtsTokenCount', 'number'],
        ['serviceTier', 'string'],
      ],
    ],
    ['modelVersion', 'string'],
    ['responseId', 'string'],
  ]);
});

test('an answer of 2.0 has no index and details of its output', () => {
  const { candidates, usageMetadata } = parsed(ask('gemini-2.0-flash', PARIS));
  expect(Object.keys((candidates as object[])[0]!)).toEqual(['content', 'finishReason', 'avgLogprobs']);
  expect(usageMetadata).toMatchObject({
    promptTokenCount: 7,
    candidatesTokensDetails: [{ modality: 'TEXT', tokenCount: 1 }],
  });
});

test('a call of 3: name, args and id, a signature beside the first of them, STOP and a message', () => {
  const [candidate] = parsed(ask('gemini-3-pro-preview', CALLING))['candidates'] as [Record<string, unknown>];
  const { parts } = candidate['content'] as { parts: { functionCall: object; thoughtSignature?: string }[] };
  expect(parts.map(({ functionCall }) => Object.keys(functionCall))).toEqual([
    ['name', 'args', 'id'],
    ['name', 'args', 'id'],
  ]);
  expect(parts.map((part) => 'thoughtSignature' in part)).toEqual([true, false]);
  expect(candidate).toMatchObject({ finishReason: 'STOP', finishMessage: 'Model generated function call(s).' });
});

test('a stream of 3: a chunk for each call, then an empty text with the end', () => {
  const events = stream('gemini-3-pro-preview', CALLING).split('\r\n\r\n');
  expect(events).toHaveLength(4);
  const last =
    '{"candidates": [{"content": {"parts": [{"text": ""}],"role": "model"},"finishReason": "STOP","index": 0,';
  expect(events[2]?.startsWith(`data: ${last}`)).toBe(true);
  expect(events[0]).toContain('"functionCall": {"name": "get_weather","args": {"city": "Paris"},"id": "');
  expect(events[0]).not.toContain('finishReason');
});

test('texts of 3 are signed on a closing part, texts of 2.5 are not', () => {
  expect(stream('gemini-3-flash-preview', PARIS)).toMatch(
    /\{"text": "","thoughtSignature": "[\w+/=]+"\}\],"role": "model"\},"finishReason": "STOP"/,
  );
  expect(stream('gemini-2.5-flash', PARIS)).not.toContain('thoughtSignature');
});

test('usage grows with the chunks and adds up in each', () => {
  const text = 'word '.repeat(200).trim();
  const events = stream('gemini-2.5-flash', PARIS, scripted({ text }))
    .split('\r\n\r\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.slice('data: '.length)) as { usageMetadata: Record<string, number> });
  const counts = events.map(({ usageMetadata: usage }) => usage['candidatesTokenCount']!);
  expect(counts.length).toBeGreaterThan(5);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  for (const { usageMetadata: usage } of events) {
    expect(usage['totalTokenCount']).toBe(
      usage['promptTokenCount']! + usage['candidatesTokenCount']! + usage['thoughtsTokenCount']!,
    );
  }
});

test('scripted answers: deltas are chunks, usage is claimed, reasoning is thought', () => {
  const events = stream('gemini-2.5-flash', PARIS, scripted({ chunks: ['a', 'b', 'c'] })).split('\r\n\r\n');
  expect(events).toHaveLength(4);
  const usage = { inputTokens: 100, outputTokens: 50, cachedTokens: 40, reasoningTokens: 20 };
  const { usageMetadata } = parsed(ask('gemini-2.5-flash', PARIS, scripted({ text: 'x', usage })));
  expect(usageMetadata).toMatchObject({
    promptTokenCount: 100,
    candidatesTokenCount: 30,
    totalTokenCount: 150,
    cachedContentTokenCount: 40,
    thoughtsTokenCount: 20,
  });
  const thinking = { ...PARIS, generationConfig: { thinkingConfig: { includeThoughts: true } } };
  const shown = parsed(ask('gemini-2.5-flash', thinking, scripted({ text: 'x', reasoning: 'I think' })));
  expect(shown).toMatchObject({
    candidates: [{ content: { parts: [{ text: 'I think', thought: true }, { text: 'x' }] } }],
  });
});

test('a scripted call whose arguments are no JSON is malformed, as the provider says it', () => {
  const answer = parsed(ask('gemini-2.5-flash', PARIS, scripted({ toolCalls: [{ name: 'f', arguments: '{"a":' }] })));
  expect(answer['candidates']).toEqual([
    {
      content: {},
      finishReason: 'MALFORMED_FUNCTION_CALL',
      index: 0,
      finishMessage: 'Malformed function call: {"a":',
    },
  ]);
});

test('a prompt that came again is read from the cache', () => {
  const seen: unknown[] = [];
  const promptCache = { use: (prompt: unknown) => (seen.push(prompt), { read: 1024, written: 0 }), clear: () => {} };
  const context = testContext({ promptCache: promptCache as unknown as NonNullable<DialectContext['promptCache']> });
  const long = { contents: [{ parts: [{ text: 'word '.repeat(1500) }] }] };
  expect(parsed(ask('gemini-2.5-flash', long, context))['usageMetadata']).toMatchObject({
    cachedContentTokenCount: 1024,
    cacheTokensDetails: [{ modality: 'TEXT', tokenCount: 1024 }],
  });
  expect(seen).toHaveLength(1);
});

test.each([
  ['no contents', {}, 400, '* GenerateContentRequest.contents: contents is not specified\n'],
  [
    'contents that are no objects',
    { contents: ['Hi'] },
    400,
    expect.stringContaining("Invalid value at 'contents[0]'"),
  ],
])('%s is refused, however lenient the mock is', (_name, body, status, message) => {
  const reply = ask('gemini-2.5-flash', body);
  expect(reply.status).toBe(status);
  expect(parsed(reply)).toEqual({
    error: { ...(parsed(reply)['error'] as object), code: status, message, status: 'INVALID_ARGUMENT' },
  });
});

test('a model that is not there is told with method and version', () => {
  const reply = ask('gemini-9', PARIS, testContext({ models: ['gemini-2.5-flash'] }));
  expect([reply.status, parsed(reply)]).toEqual([
    404,
    {
      error: {
        code: 404,
        message:
          'models/gemini-9 is not found for API version v1beta, or is not supported for generateContent. Call ModelService.ListModels to see the list of available models and their supported methods.',
        status: 'NOT_FOUND',
      },
    },
  ]);
});

test('an error of a stream is an array of one, under the content type of the stream', () => {
  const context = testContext({ models: [] });
  const reply = generate!.handle(requestOf('x', 'streamGenerateContent', PARIS, 'alt=sse'), context);
  expect(reply.status).toBe(404);
  expect((reply as JsonReply).body.startsWith('[{\n  "error": {\n    "code": 404,')).toBe(true);
  expect((reply as JsonReply).body.endsWith('\n}\n]')).toBe(true);
  expect(reply.headers).toContainEqual(['content-type', 'text/event-stream']);
});
