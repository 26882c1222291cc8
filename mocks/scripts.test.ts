import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from './index.ts';
import type { Mock, ScriptInput } from './index.ts';

function clientOf(mock: Mock): OpenAI {
  return new OpenAI({ baseURL: mock.baseURL, apiKey: 'sk-test', maxRetries: 0 });
}

async function ask(mock: Mock, content: string): Promise<string | null | undefined> {
  const answer = await clientOf(mock).chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content }],
  });
  return answer.choices[0]?.message.content;
}

const PLACES = [['same'], ['child']] as const;

test.each(PLACES)('a mock in the %s process answers by the script it was started with', async (process) => {
  const script: ScriptInput = [{ name: 'greet', match: { text: /^hello (\w+)/i }, answer: 'Hello, {{capture.1}}.' }];
  await using mock = await startMock({ process, script });
  expect([await ask(mock, 'hello Ann'), await ask(mock, 'bye')]).toEqual(['Hello, Ann.', 'Mock response to: bye']);
  const rules = (await mock.requests()).map(({ rule }) => rule);
  expect(rules).toEqual(['greet', undefined]);
  await mock.script([{ answer: 'other' }]);
  expect(await ask(mock, 'hello Ann')).toBe('other');
  expect(await mock.scriptReport()).toMatchObject({ strict: false, rules: [{ name: 'rule 1', uses: 1 }] });
  await mock.script(null);
  expect(await ask(mock, 'hello Ann')).toBe('Mock response to: hello Ann');
  await mock.reset();
  expect(await ask(mock, 'hello Ann')).toBe('Hello, Ann.');
});

test('functions decide and answer in a mock of this process', async () => {
  await using mock = await startMock();
  await mock.script([{ when: ({ text }) => text.length > 5, answer: ({ text }) => text.toUpperCase() }]);
  expect([await ask(mock, 'a long text'), await ask(mock, 'short')]).toEqual([
    'A LONG TEXT',
    'Mock response to: short',
  ]);
});

test('functions cannot travel to another process, and the error says so', async () => {
  await using mock = await startMock({ process: 'child' });
  await expect(mock.script([{ answer: () => 'x' }])).rejects.toThrow('answer: a function cannot travel');
});

test.each(PLACES)('a script that cannot be used is refused whole by a mock in the %s process', async (process) => {
  await using mock = await startMock({ process, script: [{ answer: 'kept' }] });
  const wrong = [{ answer: 'new' }, { anser: 'x' }] as unknown as ScriptInput;
  await expect(mock.script(wrong)).rejects.toThrow('did you mean "answer"?');
  expect(await ask(mock, 'hi')).toBe('kept');
});

test('tool calls lead to an answer that reads what the tool said', async () => {
  await using mock = await startMock();
  await mock.script([
    {
      match: { turn: 1, tools: 'get_weather' },
      answer: { toolCalls: [{ name: 'get_weather', arguments: { city: '{{text}}' } }] },
    },
    { match: { toolResultOf: 'get_weather', toolResult: 'sun' }, answer: 'Take {{toolResult}} glasses.' },
  ]);
  const seen: unknown[] = [];
  const runner = clientOf(mock).chat.completions.runTools({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'Rome' }],
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          description: 'The weather of a city',
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
          parse: (text: string): object => JSON.parse(text) as object,
          function: (given: object): string => {
            seen.push(given);
            return 'sun';
          },
        },
      },
    ],
  });
  expect(await runner.finalContent()).toBe('Take sun glasses.');
  expect(seen).toEqual([{ city: 'Rome' }]);
});

test('an error has the provider’s form, and what was left out is filled in', async () => {
  await using mock = await startMock();
  await mock.script([
    { once: true, answer: { error: { status: 429, headers: { 'retry-after': '7' } } } },
    { answer: { error: { status: 400, message: 'No {{text}} today', code: 'closed' } } },
  ]);
  await expect(ask(mock, 'x')).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'tokens' });
  await expect(ask(mock, 'cake')).rejects.toMatchObject({ status: 400, code: 'closed', message: '400 No cake today' });
});

test('replies, event by event or whole, go out as they are, for every operation that a rule names', async () => {
  await using mock = await startMock();
  await mock.script([
    {
      match: { operation: 'embeddings' },
      answer: { reply: { status: 202, headers: { 'x-a': 'b' }, body: { text: '{{$.input}}' } } },
    },
    {
      match: { stream: true },
      answer: { reply: { events: ['data: {"raw', '":1}\n\n', { event: 'a', data: { b: 1 } }, { data: 'c\nd' }] } },
    },
    { answer: { reply: { status: 500, body: '<html>', headers: { 'content-type': 'text/html' } } } },
  ]);
  const post = async (path: string, body: object): Promise<Response> =>
    fetch(`${mock.baseURL}${path}`, { method: 'POST', body: JSON.stringify({ model: 'm', ...body }) });
  const embedded = await post('/embeddings', { input: 'in' });
  expect([embedded.status, embedded.headers.get('x-a'), await embedded.json()]).toEqual([202, 'b', { text: 'in' }]);
  const streamed = await post('/chat/completions', { stream: true });
  expect(await streamed.text()).toBe('data: {"raw":1}\n\nevent: a\ndata: {"b":1}\n\ndata: c\ndata: d\n\n');
  const page = await post('/responses', {});
  expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([500, 'text/html', '<html>']);
});

test('chunks are the deltas, and a fault of the rule breaks them off', async () => {
  await using mock = await startMock();
  await mock.script([
    { once: true, answer: { chunks: ['a', 'bc', '{{model}}'] } },
    { answer: { text: 'never whole', fault: { kind: 'cut', afterEvents: 2 } } },
  ]);
  const stream = async (): Promise<string[]> => {
    const deltas: string[] = [];
    const events = await clientOf(mock).chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'x' }],
      stream: true,
    });
    for await (const { choices } of events) if (choices[0]?.delta.content) deltas.push(choices[0].delta.content);
    return deltas;
  };
  expect(await stream()).toEqual(['a', 'bc', 'gpt-4o']);
  await expect(stream()).rejects.toThrow();
  expect((await mock.requests()).map(({ fault }) => fault)).toEqual([undefined, 'cut']);
});

test('items of a response are the rule’s', async () => {
  await using mock = await startMock();
  await mock.script([
    { match: { operation: 'responses' }, answer: { items: [{ type: 'reasoning', summary: [] }], text: 'done' } },
  ]);
  const response = await clientOf(mock).responses.create({ model: 'gpt-5', input: 'x' });
  expect(response.output.map(({ type }) => type)).toEqual(expect.arrayContaining(['reasoning', 'message']));
  expect(response.output_text).toBe('done');
});

test('a strict script refuses what no rule fits, says why, and no client retries that', async () => {
  await using mock = await startMock({
    script: { strict: true, rules: [{ name: 'rome', match: { text: 'rome' }, answer: 'Italy' }] },
  });
  const retrying = new OpenAI({ baseURL: mock.baseURL, apiKey: 'sk-test', maxRetries: 2 });
  const refused = retrying.responses.create({ model: 'gpt-4o', input: 'Oslo' });
  await expect(refused).rejects.toMatchObject({
    status: 400,
    code: 'no_matching_rule',
    message: expect.stringContaining(
      'Nearest is "rome" (rules[0]), 0 of 1 conditions fit; text: expected a text with "rome" in it, found "Oslo"',
    ) as string,
  });
  expect(await mock.requests()).toHaveLength(1);
  expect((await mock.scriptReport())?.misses[0]?.[0]?.shortfalls[0]).toEqual({
    condition: 'text',
    expected: 'a text with "rome" in it',
    found: '"Oslo"',
  });
  expect((await fetch(`${mock.baseURL}/models`)).status).toBe(200);
});

test('a turn counts what was said before the response that is gone on from', async () => {
  await using mock = await startMock();
  await mock.script([
    { match: { turn: 1 }, answer: 'one' },
    { match: { turn: 2 }, answer: 'two' },
  ]);
  const client = clientOf(mock);
  const first = await client.responses.create({ model: 'gpt-4o', input: 'a' });
  const second = await client.responses.create({ model: 'gpt-4o', input: 'b', previous_response_id: first.id });
  expect([first.output_text, second.output_text]).toEqual(['one', 'two']);
});

test('a script file is read anew when it changes, for tenants too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-script-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'rules.yaml');
  await writeFile(file, '- answer: before {{tenant}}\n');
  await using mock = await startMock({ script: file });
  const alice = mock.tenant('alice') as unknown as Mock;
  expect([await ask(mock, 'x'), await ask(alice, 'x')]).toEqual(['before ', 'before alice']);
  await mock.tenant('own').script([{ answer: 'own' }]);
  await writeFile(file, '- answer: behind the change {{tenant}}\n');
  await expect.poll(() => ask(alice, 'x')).toBe('behind the change alice');
  expect([await ask(mock, 'x'), await ask(mock.tenant('own') as unknown as Mock, 'x')]).toEqual([
    'behind the change ',
    'own',
  ]);
});

test('a mock does not start with a script that cannot be used', async () => {
  await expect(startMock({ script: 'no-such-file.yaml' })).rejects.toThrow('cannot be read: ENOENT');
  await expect(startMock({ script: [{}] })).rejects.toThrow(
    'rules[0]: expected either answer (or reply) or answers, found nothing',
  );
});
