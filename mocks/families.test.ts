import { afterEach, beforeAll, afterAll, expect, test } from 'vitest';
import { withRealSockets } from '../tests/setup/mock-bed.ts';
import { FAULT_CATALOGUE, sameGeneration, startMock } from './index.ts';
import type { Mock } from './index.ts';

withRealSockets();

const started: Mock[] = [];
beforeAll(async () => void started.push(await startMock({ keys: ['right', 'sk-mock-tenant-blue'] })));
afterEach(() => started[0]?.reset());
afterAll(() => started[0]?.close());
const mock = (): Mock => started[0]!;

interface Asked {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

async function ask({ path, headers = {}, body }: Asked, base = mock().url): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('<') ? text : JSON.parse(text) };
}

const QUESTION = 'What is the capital of France?';
const contents = [{ role: 'user', parts: [{ text: QUESTION }] }];
const messages = [{ role: 'user', content: QUESTION }];
const GEMINI = '/v1beta/models/gemini-2.5-flash:generateContent';

/** One question in the form of each family, and where its answer has the text. */
const FAMILIES: Readonly<Record<string, Asked & { readonly text: string }>> = {
  'OpenAI chat': {
    path: '/v1/chat/completions',
    headers: { authorization: 'Bearer right' },
    body: { model: 'gpt-4o', messages },
    text: 'choices[0].message.content',
  },
  'Azure, classic': {
    path: '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
    headers: { 'api-key': 'right' },
    body: { messages },
    text: 'choices[0].message.content',
  },
  'Azure, a doubled slash': {
    path: '//openai/v1/chat/completions',
    headers: { 'api-key': 'right' },
    body: { model: 'gpt-4o', messages },
    text: 'choices[0].message.content',
  },
  'Gemini, key in the header': {
    path: GEMINI,
    headers: { 'x-goog-api-key': 'right' },
    body: { contents },
    text: 'candidates[0].content.parts[0].text',
  },
  'Gemini, key in the query': {
    path: `${GEMINI}?key=right`,
    body: { contents },
    text: 'candidates[0].content.parts[0].text',
  },
  'Gemini, version 1': {
    path: '/v1/models/gemini-2.5-flash:generateContent',
    headers: { authorization: 'Bearer right' },
    body: { contents },
    text: 'candidates[0].content.parts[0].text',
  },
};

test.each(Object.entries(FAMILIES))(
  '%s: the answer, a scripted one, and what the journal says',
  async (_name, asked) => {
    expect((await ask(asked)).body).toHaveProperty(asked.text, 'Paris');
    await mock().answer({ match: { text: 'capital of france', turn: 1, key: 'right' }, answer: 'Lyon' });
    expect((await ask(asked)).body).toHaveProperty(asked.text, 'Lyon');
    const requests = await mock().requests();
    const input = requests[0]?.billed?.input;
    expect(requests.map(({ status, stream, billed }) => [status, stream, billed?.input])).toEqual([
      [200, false, input],
      [200, false, input],
    ]);
    expect(input).toBeGreaterThan(6);
  },
);

test.each<readonly [string, string, Record<string, string>, readonly [number, string, string]]>([
  ['Azure', '/openai/deployments/x/chat/completions?api-version=1', { 'api-key': 'wrong' }, [401, 'error.code', '401']],
  ['Gemini without a key', GEMINI, {}, [403, 'error.status', 'PERMISSION_DENIED']],
  [
    'Gemini with a wrong key',
    GEMINI,
    { 'x-goog-api-key': 'wrong' },
    [400, 'error.details[0].reason', 'API_KEY_INVALID'],
  ],
])(
  '%s: a key that is not there is refused in the family’s own words',
  async (_name, path, headers, [status, place, value]) => {
    const refused = await ask({ path, headers, body: { contents, messages } });
    expect(refused.status).toBe(status);
    expect(refused.body).toHaveProperty(place, value);
  },
);

test('a key of the query names a tenant, and a model of the path a fault', async () => {
  await mock().tenant('blue').answer({ answer: 'blue' });
  const blue = await ask({ path: `${GEMINI}?key=sk-mock-tenant-blue`, body: { contents } });
  expect(blue.body).toHaveProperty('candidates[0].content.parts[0].text', 'blue');
  const path = '/v1beta/models/gemini-2.5-flash!overloaded:generateContent?key=right';
  expect(await ask({ path, body: { contents } })).toMatchObject({
    status: 503,
    body: { error: { status: 'UNAVAILABLE' } },
  });
  const azure = '/openai/deployments/my-gpt!rate-limit/chat/completions?api-version=1';
  expect(await ask({ path: azure, headers: { 'api-key': 'right' }, body: { messages } })).toMatchObject({
    status: 429,
    body: { error: { code: '429' } },
  });
});

test('bodies that are no JSON, and paths that are not there', async () => {
  const broken = await fetch(`${mock().url}${GEMINI}?key=right`, { method: 'POST', body: '{' });
  expect([broken.status, await broken.json()]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT' } }]);
  const nowhere = await ask({ path: '/v1beta/models/x:doSomething?key=right', body: {} });
  expect(nowhere.status).toBe(404);
  expect(nowhere.body).toContain('<title>Error 404');
  const azure = await ask({ path: '/openai/nonsense', headers: { 'api-key': 'right' }, body: {} });
  expect(azure).toEqual({ status: 404, body: { error: { code: '404', message: 'Resource not found' } } });
});

test('rules on system texts, tools and results of tools are asked of Gemini requests', async () => {
  const call = { functionCall: { name: 'get_weather', args: { city: 'Paris' } } };
  const body = {
    system_instruction: { parts: [{ text: 'You are a pirate' }] },
    tools: [{ function_declarations: [{ name: 'get_weather' }] }],
    contents: [
      ...contents,
      { role: 'model', parts: [call] },
      { role: 'user', parts: [{ functionResponse: { name: 'get_weather', response: { result: 'fog' } } }] },
    ],
  };
  const match = {
    system: 'pirate',
    tools: ['get_weather'],
    toolResult: 'fog',
    toolResultOf: 'get_weather',
    turn: 2,
    model: 'gemini-2.5-flash',
    operation: 'generateContent',
    stream: false,
    json: { '$.contents[0].role': 'user' },
  };
  await mock().answer({ match, answer: 'Arr' });
  expect((await ask({ path: `${GEMINI}?key=right`, body })).body).toHaveProperty(
    'candidates[0].content.parts[0].text',
    'Arr',
  );
});

test('a generation is known by the id of its answer, in every family', async () => {
  for (const asked of Object.values(FAMILIES)) {
    const [one, other] = [await ask(asked), await ask(asked)];
    expect(sameGeneration(one.body, structuredClone(one.body))).toBe(true);
    expect(sameGeneration(one.body, other.body)).toBe(false);
  }
});

test.each([
  ['OpenAI', '/v1/chat/completions', { authorization: 'Bearer right' }, 400, 'error.code', 'invalid_prompt'],
  [
    'Azure',
    '/openai/deployments/x/chat/completions?api-version=1',
    { 'api-key': 'right' },
    400,
    'error.innererror.code',
    'ResponsibleAIPolicyViolation',
  ],
  ['Gemini', GEMINI, { 'x-goog-api-key': 'right' }, 200, 'promptFeedback.blockReason', 'PROHIBITED_CONTENT'],
] as const)('%s: a prompt that a filter blocked', async (...row) => {
  const [, path, headers, status, place, value] = row;
  const blocked = await ask({
    path,
    headers: { ...headers, 'x-mock-fault': 'prompt-blocked' },
    body: { model: 'gpt-4o', contents, messages },
  });
  expect(blocked.status).toBe(status);
  expect(blocked.body).toHaveProperty(place, value);
});

/** A stream of each family, with the model in place of `MODEL`. */
const STREAMS: Readonly<Record<string, Asked>> = {
  'Gemini, events': { path: '/v1beta/models/MODEL:streamGenerateContent?alt=sse&key=right', body: { contents } },
  'Gemini, array': { path: '/v1beta/models/MODEL:streamGenerateContent?key=right', body: { contents } },
  Azure: {
    path: '/openai/deployments/MODEL/chat/completions?api-version=1',
    headers: { 'api-key': 'right' },
    body: { messages, stream: true },
  },
};
/** Those that wait have tests of their own. */
const WAITING = new Set(['stall', 'stall-mid', 'trickle', 'delay', 'slow-headers', 'hang', 'never-read', 'refuse']);
const FAULTS = FAULT_CATALOGUE.filter(({ layer, name }) => layer !== 'websocket' && !WAITING.has(name));

test.each(Object.entries(STREAMS))('%s: no fault of the catalogue makes the mock itself fail', async (_name, asked) => {
  const failed: string[] = [];
  for (const { name } of FAULTS) {
    const path = asked.path.replace('MODEL', `gemini-2.5-flash!${name}`);
    const said = await fetch(`${mock().url}${path}`, {
      method: 'POST',
      headers: { ...asked.headers },
      body: JSON.stringify(asked.body),
      redirect: 'manual',
    })
      .then((response) => response.text())
      .catch(() => '');
    if (/The mock (?:failed|cannot)/.test(said)) failed.push(`${name}: ${said}`);
  }
  expect(failed).toEqual([]);
});
