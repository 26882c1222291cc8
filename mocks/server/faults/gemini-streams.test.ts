import { afterAll, beforeAll, expect, test } from 'vitest';
import { post, withRealSockets } from '../../../tests/setup/mock-bed.ts';
import { MockServer } from '../server.ts';

withRealSockets();

const QUESTION = { contents: [{ role: 'user', parts: [{ text: `Tell me: ${'one two three four '.repeat(20)}` }] }] };
const started: MockServer[] = [];
beforeAll(async () => void started.push(await MockServer.start()));
afterAll(() => started[0]?.close());

interface Chunk {
  readonly candidates?: readonly {
    readonly finishReason?: string;
    readonly content?: { readonly parts?: { readonly text: string | null }[] };
  }[];
  readonly usageMetadata?: object;
  readonly error?: { readonly code: number; readonly status: string };
  readonly mockUnknown?: boolean;
}

async function raw(fault: string, query: string): Promise<string> {
  const path = `/v1beta/models/gemini-2.5-flash!${fault}:streamGenerateContent`;
  return (await post(`${started[0]!.url}${path}${query}`, QUESTION)).text();
}

/** The chunks of both forms of the stream: a fault does the same to each. */
async function chunks(fault: string, form: 'sse' | 'array'): Promise<readonly Chunk[]> {
  const text = await raw(fault, form === 'sse' ? '?alt=sse' : '');
  if (form === 'array') return JSON.parse(text) as Chunk[];
  const events = text.split('\r\n\r\n').filter((event) => event !== '');
  return events.map((event) => JSON.parse(event.replace('data: ', '')) as Chunk);
}

const FORMS = ['sse', 'array'] as const;
const ends = (all: readonly Chunk[]): number =>
  all.filter(({ candidates }) => candidates?.[0]?.finishReason !== undefined).length;
const said = (all: readonly Chunk[]): string =>
  all.map(({ candidates }) => candidates?.[0]?.content?.parts?.[0]?.text ?? '').join('');

test.each(FORMS)('in the form %s the end is left out, doubled, or told as filtered', async (form) => {
  expect(ends(await chunks('trickle;ms=0', form))).toBe(1);
  expect(ends(await chunks('no-done', form))).toBe(0);
  expect(ends(await chunks('double-done', form))).toBe(2);
  expect((await chunks('response-incomplete', form)).at(-1)?.candidates?.[0]?.finishReason).toBe('SAFETY');
});

test.each(FORMS)('in the form %s texts and usage are taken out, and all else stays', async (form) => {
  const wordless = await chunks('zero-tokens', form);
  expect([said(wordless), ends(wordless)]).toEqual(['', 1]);
  const free = await chunks('no-usage', form);
  expect(free.every(({ usageMetadata }) => usageMetadata === undefined)).toBe(true);
  expect(said(free)).not.toBe('');
  const emptied = await chunks('null-content', form);
  expect(emptied.some(({ candidates }) => candidates?.[0]?.content?.parts?.[0]?.text === null)).toBe(true);
  expect((await raw('no-role', form === 'sse' ? '?alt=sse' : '')).includes('"role"')).toBe(false);
});

test.each(FORMS)('in the form %s a failure is an error object of its own', async (form) => {
  const error = { code: 500, status: 'INTERNAL' };
  expect(await chunks('error-first', form)).toMatchObject([{ error }]);
  const broken = await chunks('error-mid;after=1', form);
  expect(broken).toHaveLength(2);
  expect(broken[1]).toMatchObject({ error });
  expect((await chunks('unknown-event;after=1', form))[1]).toEqual({ mockUnknown: true });
});

test.each(FORMS)('in the form %s a blocked prompt is the only chunk', async (form) => {
  const blocked = await chunks('prompt-blocked', form);
  expect(blocked).toMatchObject([{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }]);
  expect(blocked[0]).not.toHaveProperty('candidates');
});

test('lines end as the fault says, also where they end with CR LF without it', async () => {
  const usual = await raw('trickle;ms=0', '?alt=sse');
  const lines = usual.split('\r\n').length;
  const [crlf, cr] = [await raw('crlf', '?alt=sse'), await raw('cr', '?alt=sse')];
  expect([crlf.split('\r\n').length, crlf.includes('\r\r')]).toEqual([lines, false]);
  expect([cr.split('\r').length, cr.includes('\n')]).toEqual([lines, false]);
});

test('a delta that cannot be null is not played as one: nothing comes twice', async () => {
  const call = {
    name: 'look',
    description: 'd',
    parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
  };
  const asked = {
    ...QUESTION,
    tools: [{ functionDeclarations: [call] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY' } },
  };
  const path = '/v1beta/models/gemini-2.5-flash!null-content;after=0:streamGenerateContent?alt=sse';
  const text = await (await post(`${started[0]!.url}${path}`, asked)).text();
  expect(text.split('functionCall').length).toBe(2);
});

test('a stated length takes the place of chunks: pages of a gateway arrive', async () => {
  const url = `${started[0]!.url}/v1beta/models/gemini-2.5-flash!bad-gateway:generateContent`;
  const answer = await post(url, QUESTION);
  expect([answer.status, answer.headers.get('transfer-encoding')]).toEqual([502, null]);
  expect(await answer.text()).toContain('<html>');
});
