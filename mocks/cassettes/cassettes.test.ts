import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock, until, withRealSockets } from '../../tests/setup/mock-bed.ts';
import { MockServer } from '../server/server.ts';
import { readCassette } from './cassette.ts';
import { ask, cassetteFile, recorded, replaying } from './cassettes.fixture.ts';
import { startRecorder } from './recorder.ts';
import { replayOperations } from './replay.ts';

withRealSockets();

const chat = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Grüße, 🦄!' }] };
const responses = { path: '/v1/responses', body: { model: 'gpt-5-mini', input: 'Hi', stream: true } };

test('what was recorded is replayed byte for byte: heads, JSON and streams', async () => {
  const asks = [{ body: chat }, { body: { ...chat, stream: true } }, responses];
  const { cassette, answers } = await recorded(asks);
  const server = await replaying(cassette);
  for (const [index, one] of asks.entries()) {
    const again = await ask(server.url, one);
    expect(again.text).toBe(answers[index]!.text);
    expect(again.status).toBe(200);
    const plain = (headers: Headers): [string, string][] =>
      [...headers].filter(
        ([name]) =>
          !/^(?:set-cookie|openai-organization|openai-project|connection|keep-alive|transfer-encoding)$/.test(name),
      );
    expect(plain(again.headers)).toEqual(plain(answers[index]!.headers));
  }
});

test('a broken connection is replayed as one', async () => {
  const { cassette, answers } = await recorded([
    { body: { ...chat, stream: true }, headers: { 'x-mock-fault': 'cut;after=3' } },
  ]);
  expect(answers[0]!.broken).toBe(true);
  const server = await replaying(cassette);
  const again = await ask(server.url, { body: { ...chat, stream: true } });
  expect(again).toMatchObject({ broken: true, text: answers[0]!.text });
});

test('key order, white space and headers do not count; everything else does, and a miss says what', async () => {
  const { cassette } = await recorded([{ body: { ...chat, temperature: 1 } }]);
  const server = await replaying(cassette);
  const turned = { messages: chat.messages, temperature: 1.0, model: chat.model };
  expect((await ask(server.url, { body: turned, headers: { 'x-other': '1' } })).status).toBe(200);
  const miss = await ask(server.url, { body: { ...turned, temperature: 0, user: 'u' } });
  expect(miss.status).toBe(400);
  expect(miss.headers.get('x-should-retry')).toBe('false');
  const { error } = JSON.parse(miss.text) as { error: { code: string; message: string } };
  expect(error.code).toBe('cassette_miss');
  expect(error.message).toBe(
    [
      'POST /v1/chat/completions was not recorded. The nearest one is POST /v1/chat/completions:',
      '  temperature: recorded 1, asked for 0',
      '  user: recorded nothing, asked for "u"',
    ].join('\n'),
  );
});

test('fields that the cassette, or the player, declares do not count', async () => {
  const { cassette } = await recorded([{ body: { ...chat, user: 'a' } }], { ignore: ['user'] });
  const server = await replaying(cassette, { ignore: ['messages.*.content'] });
  const body = { ...chat, user: 'b', messages: [{ role: 'user', content: 'else' }] };
  expect((await ask(server.url, { body })).status).toBe(200);
  expect((await ask(server.url, { body: { ...body, n: 1 } })).status).toBe(400);
});

test('equal requests get their answers in the order of the recording, and then the last one', async () => {
  const { cassette, answers } = await recorded([{ body: chat }, { body: chat }]);
  const server = await replaying(cassette);
  const texts = [];
  for (let count = 0; count < 3; count += 1) texts.push((await ask(server.url, { body: chat })).text);
  expect(texts).toEqual([answers[0]!.text, answers[1]!.text, answers[1]!.text]);
  expect(answers[0]!.text).not.toBe(answers[1]!.text);
});

test('a request that was not recorded may be left to the mock', async () => {
  const { cassette } = await recorded([{ body: chat }]);
  const server = await replaying(cassette, { onMiss: 'mock' });
  const other = await ask(server.url, { body: { ...chat, messages: [{ role: 'user', content: '2+2' }] } });
  expect(JSON.parse(other.text)).toMatchObject({ choices: [{ message: { content: '4' } }] });
});

test('at its own pace an answer takes as long as it took, or a part of that', async () => {
  const { cassette } = await recorded([{ body: { ...chat, stream: true } }]);
  const [recording] = cassette.recordings;
  const answer = {
    ...recording!.answer,
    headMs: 40,
    reads: [
      [10, 'data: a\n\n'],
      [50, 'data: b\n\n'],
    ] as const,
  };
  const slow = { ...cassette, recordings: [{ ...recording!, answer }] };
  const clock = new ManualClock();
  const operations = replayOperations(slow, { speed: 2 });
  const server = await MockServer.start({}, { clock, operations });
  onTestFinished(() => server.close());
  const entry = () => server.tenantState.journal.entries().at(-1);
  const done = ask(server.url, { body: { ...chat, stream: true } });
  await until(() => clock.waiting === 1);
  clock.advance(19);
  expect(entry()?.status).toBeUndefined();
  clock.advance(1);
  expect(entry()).toMatchObject({ status: 200, eventsOut: 0 });
  await until(() => clock.waiting === 1);
  clock.advance(5);
  expect(entry()?.eventsOut).toBe(1);
  await until(() => clock.waiting === 1);
  clock.advance(20);
  expect((await done).text).toBe('data: a\n\ndata: b\n\n');
});

test('a path that the mock has no operation for is recorded and replayed too', async () => {
  const server = createServer((_request, response) => response.end('{"own":true}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const file = cassetteFile();
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using recorder = await startRecorder({ target, file });
  await ask(recorder.url, { path: '/v1/rerank?key=1', body: {} });
  const player = await replaying(readCassette(file));
  expect((await ask(player.url, { path: '/v1/rerank?key=1', body: {} })).text).toBe('{"own":true}');
  expect((await ask(player.url, { path: '/v1/rerank?key=1', body: { a: 1 } })).text).toContain('a: recorded nothing');
});

test('an answer that comes compressed all the same is unpacked on the cassette, and not on its way', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' });
    response.end(gzipSync('{"key":"sk-abcdefghijklmnop"}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const file = cassetteFile();
  await using recorder = await startRecorder({
    target: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    file,
  });
  expect((await ask(recorder.url, { body: {} })).text).toBe('{"key":"sk-abcdefghijklmnop"}');
  const { answer } = readCassette(file).recordings[0]!;
  expect(answer.unpacked).toBe('gzip');
  expect(answer.reads.map(([, text]) => text)).toEqual(['{"key":"sk-xxxxxxxxxxxxxxxx"}']);
});

test('a target that cannot be reached is a 502 that is not recorded', async () => {
  const file = cassetteFile();
  await using recorder = await startRecorder({ target: 'http://127.0.0.1:9', file });
  const answer = await ask(recorder.url, { body: chat });
  expect(answer.status).toBe(502);
  expect(recorder.recorded()).toBe(0);
});

test('a file that is no cassette is refused with its line', async () => {
  const file = cassetteFile();
  writeFileSync(file, '{"a":1}\n');
  expect(() => readCassette(file)).toThrow(`${file}:1: expected {"cassette": 1, "target", "ignore"}`);
  await expect(startRecorder({ target: 'http://127.0.0.1:9', file })).rejects.toThrow(':1: expected');
  writeFileSync(file, '{"cassette":1,"target":"x","ignore":[]}\n\n{"request":{}}\n');
  expect(() => readCassette(file)).toThrow(`${file}:3: expected {"request", "answer"}`);
  writeFileSync(file, '{"cassette":1,"target":"x","ignore":[]}\n{');
  expect(() => readCassette(file)).toThrow(`${file}:2: expected JSON`);
});

test('recording goes on in a cassette that is there already', async () => {
  const { file } = await recorded([{ body: chat }]);
  const { cassette } = await recorded([responses], { file });
  expect(cassette.recordings.map(({ request }) => request.url)).toEqual(['/v1/chat/completions', '/v1/responses']);
  expect(
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"cassette"')),
  ).toHaveLength(1);
});
