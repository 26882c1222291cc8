import { expect, test } from 'vitest';
import { bodyOf, EMPTY_DRAFT, withModel } from './draft.ts';
import { curlOf, eventsOf } from './run.ts';

async function eventsIn(...chunks: readonly Uint8Array[]): Promise<readonly string[]> {
  const found: string[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  for await (const events of eventsOf(body)) found.push(...events);
  return found;
}

test.each(['\n', '\r\n', '\r'])('events are found wherever reads end, with %j between lines', async (end) => {
  const bytes = Buffer.from(`event: a${end}data: {"x":"ü"}${end}${end}: quiet${end}${end}data: [DONE]${end}${end}data: cut`);
  const expected = [`event: a${end}data: {"x":"ü"}`, ': quiet', 'data: [DONE]'];
  expect(await eventsIn(bytes)).toEqual(expected);
  expect(await eventsIn(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
});

test('the form makes the body of each API', () => {
  const draft = { ...EMPTY_DRAFT, system: 'Be brief.', prompt: 'Hi', temperature: '0.5', most: '9' };
  const sent = (part: object): unknown => JSON.parse(JSON.stringify(bodyOf({ ...draft, ...part })));
  expect(sent({})).toEqual({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ],
    temperature: 0.5,
    max_tokens: 9,
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(sent({ api: 'responses', shape: 'json', system: '', temperature: '' })).toEqual({
    input: 'Hi',
    max_output_tokens: 9,
    stream: false,
  });
});

test('the model of a pane is added to a body that names none', () => {
  expect(withModel('{"input":"x"}', 'm')).toBe('{"model":"m","input":"x"}');
  expect(withModel('{"model":"own"}', 'm')).toBe('{"model":"own"}');
  for (const broken of ['{', '[1]', 'null', '']) expect(withModel(broken, 'm')).toBe(broken);
});

test('the curl has no secret, and survives a quote', () => {
  const headers = { authorization: 'Bearer sk-secret', 'x-llmproxy-endpoint': 'm/a', 'x-csrf-token': 'csrf-secret' };
  const shown = curlOf({ api: 'chat', body: `{"a":"it's"}`, headers }, 'http://localhost:4000', true);
  expect(shown).not.toContain('secret');
  expect(shown).toContain('"authorization: Bearer $LLMPROXY_KEY"');
  expect(shown).toContain('"x-llmproxy-admin-token: $LLMPROXY_ADMIN_TOKEN"');
  expect(shown).toContain(String.raw`--data-raw '{"a":"it'\''s"}'`);
});
