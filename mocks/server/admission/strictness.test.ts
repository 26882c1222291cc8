import OpenAI from 'openai';
import type { ResponseInputItem, ResponseOutputMessage } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withRealSockets } from '../../../tests/setup/mock-bed.ts';
import type { BadRequest } from '../../strictness/catalogue/index.ts';
import { GOOD_REQUESTS } from '../../strictness/catalogue/good.ts';
import { BAD_REQUESTS } from '../../strictness/catalogue/index.ts';
import type { Strictness } from '../../strictness/index.ts';
import { MockServer } from '../server.ts';

withRealSockets();

const KEY = 'sk-catalogue-0123456789';
const LEVELS: readonly Strictness[] = ['off', 'spec', 'openai'];

/** One server; the key says how strict it is. */
let server: MockServer;
const keyOf = (level: Strictness): string => `${KEY}-${level}`;

beforeAll(async () => {
  server = await MockServer.start({
    keys: LEVELS.map(keyOf),
    strictness: { default: 'off', keys: Object.fromEntries(LEVELS.map((level) => [keyOf(level), level])) },
  });
});
afterAll(() => server.close());

interface Refused {
  readonly status: number;
  readonly error: { readonly message: string } | undefined;
}

async function send(url: string, entry: BadRequest, key: string): Promise<Refused> {
  const [method = 'POST', path = ''] = entry.operation.split(' ');
  const { authorization = `Bearer ${key}`, rawBody, body } = entry;
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
    body: rawBody ?? (body === undefined ? '' : JSON.stringify(body)),
  });
  if (response.status === 200) {
    await response.body?.cancel();
    return { status: 200, error: undefined };
  }
  return { status: response.status, ...((await response.json()) as Pick<Refused, 'error'>) };
}

function expectRefusal(refused: Refused, { expect: { status, type, code, param, message } }: BadRequest): void {
  const said = refused.error?.message ?? 'nothing';
  const fitting = typeof message === 'string' ? said === message : message.test(said);
  expect({ status: refused.status, ...refused.error }).toEqual({
    status,
    type,
    code,
    param,
    message: fitting ? said : message,
  });
}

const own = BAD_REQUESTS.filter(({ id }) => !id.startsWith('key.'));

describe('a bad request gets exactly its refusal from every level that refuses it', () => {
  test.each(own.map((entry) => [entry.id, entry] as const))('%s', async (_id, entry) => {
    for (const level of LEVELS.slice(LEVELS.indexOf(entry.level))) {
      expectRefusal(await send(server.url, entry, keyOf(level)), entry);
    }
  });
});

describe('keys', () => {
  test.each(BAD_REQUESTS.filter(({ id }) => id.startsWith('key.')).map((entry) => [entry.id, entry] as const))(
    '%s',
    async (_id, entry) => {
      const strict = await MockServer.start({ strictness: 'openai', ...(entry.level === 'off' && { keys: [KEY] }) });
      expectRefusal(await send(strict.url, entry, KEY), entry);
      await strict.close();
    },
  );
});

describe('good requests are let in by the provider', () => {
  test.each(GOOD_REQUESTS.map((request) => [request.id, request] as const))('%s', async (_id, { operation, body }) => {
    const response = await fetch(server.url + operation.split(' ')[1], {
      method: 'POST',
      headers: { authorization: `Bearer ${keyOf('openai')}` },
      body: JSON.stringify(body),
    });
    expect([response.status, response.status === 200 ? '' : await response.text()]).toEqual([200, '']);
    await response.body?.cancel();
  });

  test('a conversation that comes back with what the official client was given', async () => {
    const client = new OpenAI({ apiKey: keyOf('openai'), baseURL: `${server.url}/v1`, maxRetries: 0 });
    const parameters = { type: 'object', properties: {}, additionalProperties: false };
    const tools = [{ type: 'function', function: { name: 'f', parameters } }] as const;
    const asked = [{ role: 'user', content: 'Use f' }] as const;
    const first = await client.chat.completions.create({ model: 'gpt-4o', messages: [...asked], tools: [...tools] });
    const { message } = first.choices[0]!;
    const second = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [...asked, message, { role: 'tool', tool_call_id: message.tool_calls![0]!.id, content: 'done' }],
      tools: [...tools],
    });
    expect(second.choices[0]?.finish_reason).toBe('stop');
    const one = await client.responses.create({ model: 'gpt-5', input: 'Hi' });
    const two = await client.responses.create({
      model: 'gpt-5',
      input: [
        { role: 'user', content: 'Hi' },
        ...(one.output as ResponseInputItem[]),
        { role: 'user', content: 'And?' },
      ],
    });
    const { id } = one.output[0] as ResponseOutputMessage;
    const three = await client.responses.create({ model: 'gpt-5', input: [{ type: 'item_reference', id }] });
    expect([two.status, three.status]).toEqual(['completed', 'completed']);
  });
});
