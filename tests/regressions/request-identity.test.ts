import { expect, test } from 'vitest';
import { MODEL, startBed } from '../system/bed.ts';
import { errorOf, send, type RawAnswer } from '../system/http.ts';

type Ask = (body: string | Buffer, headers?: Record<string, string>, query?: string) => Promise<RawAnswer>;

async function withProxy(use: (ask: Ask, calls: () => Promise<number>) => Promise<void>): Promise<void> {
  await using bed = await startBed();
  await use(
    (body, headers = {}, query = '') => send(`${bed.url}/v1/chat/completions${query}`, { body, headers }),
    async () => (await bed.requests()).length,
  );
}

function bodyWith(members: string): string {
  return `{"model":"${MODEL}","messages":[{"role":"user","content":"hi"}],${members}}`;
}

function cacheOf({ headers }: RawAnswer): unknown {
  return headers['x-llmproxy-cache'];
}

test('a body that is not valid UTF-8 is refused as no JSON, and no endpoint hears of it', async () => {
  await withProxy(async (ask, calls) => {
    for (const bytes of [[0xe9], [0xe8], [0xc3], [0xed, 0xa0, 0x80], [0xff]]) {
      const answer = await ask(
        Buffer.concat([
          Buffer.from(`{"model":"${MODEL}","messages":[{"role":"user","content":"p`),
          Buffer.from(bytes),
          Buffer.from('re"}]}'),
        ]),
      );
      expect(answer.status).toBe(400);
      expect(errorOf(answer)).toMatchObject({ code: 'invalid_json', type: 'invalid_request_error' });
    }
    expect(await calls()).toBe(0);
  });
});

test('text beyond ASCII that is UTF-8 is taken, in however many pieces it comes', async () => {
  await withProxy(async (ask) => {
    const body = `{"model":"${MODEL}","messages":[{"role":"user","content":"père \u{1f600} 你好"}]}`;
    expect((await ask(body)).status).toBe(200);
    expect(cacheOf(await ask(body))).toBe('hit');
  });
});

test.each([
  ['4503599627370497.5', '4503599627370497.6'],
  ['0.1', '0.10000000000000000001'],
  ['9007199254740993', '9007199254740992'],
  ['1e-400', '0'],
  ['1e400', '1e401'],
])('the numbers %s and %s are two requests, each of which finds its own answer', async (one, two) => {
  await withProxy(async (ask) => {
    const bodies = [one, two, one, two].map((number) => bodyWith(`"x_number":${number}`));
    const said: unknown[] = [];
    for (const body of bodies) said.push(cacheOf(await ask(body)));
    expect(said).toEqual(['miss', 'miss', 'hit', 'hit']);
  });
});

test.each([
  ['the parameters of a tool', '"tools":[{"type":"function","function":{"name":"f","parameters":SCHEMA}}]'],
  [
    'the format of the answer',
    '"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":SCHEMA,"strict":false}}',
  ],
])('the order of the properties in %s counts, the order of other members does not', async (_what, members) => {
  await withProxy(async (ask) => {
    const [b, d] = ['"b":{"type":"string","description":"x"}', '"d":{"description":"x","type":"string"}'];
    const schemas = [
      `{"type":"object","properties":{${b},${d}}}`,
      `{"type":"object","properties":{${d},${b}}}`,
      `{"properties":{${b},"d":{"type":"string","description":"x"}},"type":"object"}`,
    ];
    const said: unknown[] = [];
    for (const schema of schemas) said.push(cacheOf(await ask(bodyWith(members.replace('SCHEMA', schema)))));
    expect(said).toEqual(['miss', 'miss', 'hit']);
  });
});

test('another OpenAI-Beta header or another query is another request', async () => {
  await withProxy(async (ask) => {
    const body = bodyWith('"seed":1');
    const asked = [
      await ask(body),
      await ask(body, { 'openai-beta': 'assistants=v2' }),
      await ask(body, {}, '?api-version=1'),
      await ask(body, { 'openai-beta': 'assistants=v2' }, '?api-version=1'),
      await ask(body, { 'openai-beta': 'assistants=v2' }),
      await ask(body, {}, '?api-version=1'),
      await ask(body),
    ];
    expect(asked.map(cacheOf)).toEqual(['miss', 'miss', 'miss', 'miss', 'hit', 'hit', 'hit']);
  });
});
