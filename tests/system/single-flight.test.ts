import { expect, test } from 'vitest';
import { chat, collect, nonce, textOf } from './ask.ts';
import { clientOf, startApp, startBed, statsOf } from './bed.ts';
import { eventsIn, openSocket, postText, send } from './http.ts';
import { modelsAt, startUpstream, streamPieces, type Upstream } from './upstream.ts';

const request = { ...chat('Count from 1 to 5'), stream: true } as const;

/** A chat stream of five pieces. */
const EVENTS = [
  '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}',
  '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"one "},"finish_reason":null}],"usage":null}',
  '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"two"},"finish_reason":null}],"usage":null}',
  '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}',
  '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}',
  '[DONE]',
].map((data) => Buffer.from(`data: ${data}\n\n`));

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

/** An endpoint that sends `before` events and the rest when the gate opens. */
async function heldUpstream(before: number, held: Gate): Promise<Upstream> {
  return startUpstream(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of EVENTS.slice(0, before)) response.write(event);
    await held.opened;
    for (const event of EVENTS.slice(before)) response.write(event);
    response.end();
  });
}

test('100 equal streams at the same moment cost one call, and all of them complete', async () => {
  await using bed = await startBed();
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const { data, response } = await bed.client().chat.completions.create(request).withResponse();
      return { text: textOf(await collect(data)), cache: response.headers.get('x-llmproxy-cache') };
    }),
  );
  expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['1\n2\n3\n4\n5']));
  expect(answers.filter(({ cache }) => cache === 'miss')).toHaveLength(1);
  expect(answers.every(({ cache }) => ['miss', 'joined', 'hit'].includes(cache!))).toBe(true);
  expect(await bed.requests()).toHaveLength(1);
});

test('a hundred equal streams, all of them begun before the answer ends, are one flight', async () => {
  const held = gate();
  await using upstream = await heldUpstream(2, held);
  const app = await startApp(modelsAt([upstream]));
  const sockets = Array.from({ length: 100 }, () => openSocket(app.url));
  for (const socket of sockets) socket.write(postText('/v1/chat/completions', request));
  await Promise.all(sockets.map((socket) => socket.until('one ')));
  held.open();
  await Promise.all(sockets.map((socket) => socket.until('[DONE]')));
  const heads = sockets.map((socket) => /x-llmproxy-cache: (\w+)/.exec(socket.received().toString())?.[1]);
  for (const socket of sockets) socket.leave();
  await app.close();
  expect(heads.filter((cache) => cache === 'joined')).toHaveLength(99);
  expect(heads.filter((cache) => cache === 'miss')).toHaveLength(1);
  expect(upstream.requests).toHaveLength(1);
});

test('who joins late gets the stream from its first event', async () => {
  const held = gate();
  await using upstream = await heldUpstream(2, held);
  const app = await startApp(modelsAt([upstream]));
  const early = openSocket(app.url);
  early.write(postText('/v1/chat/completions', request));
  await early.until('one ');
  const late = openSocket(app.url);
  late.write(postText('/v1/chat/completions', request));
  await late.until('one ');
  expect(late.received().toString()).toContain('x-llmproxy-cache: joined');
  expect(late.received().toString()).toContain('"role":"assistant"');
  expect(late.received().toString()).not.toContain('two');
  held.open();
  await Promise.all([early.until('0\r\n\r\n'), late.until('0\r\n\r\n')]);
  early.leave();
  late.leave();
  await app.close();
  expect(late.received().toString()).toContain('[DONE]');
  expect(upstream.requests).toHaveLength(1);
});

test('a JSON request joins a running stream, and gets its answer in its own shape', async () => {
  const held = gate();
  await using upstream = await heldUpstream(2, held);
  const app = await startApp(modelsAt([upstream]));
  const stream = await clientOf(app.url).chat.completions.create(request);
  const whole = clientOf(app.url).chat.completions.create(chat('Count from 1 to 5')).withResponse();
  held.open();
  const text = textOf(await collect(stream));
  const { data, response } = await whole;
  await app.close();
  expect(text).toBe('one two');
  expect(data.choices[0]?.message.content).toBe('one two');
  expect(data.usage).toMatchObject({ total_tokens: 3 });
  expect(response.headers.get('x-llmproxy-cache')).toMatch(/^(?:joined|hit)$/);
  expect(upstream.requests).toHaveLength(1);
});

test('a stream joins a running JSON request, and gets its answer in its own shape', async () => {
  const held = gate();
  await using upstream = await startUpstream(async (response) => {
    await held.opened;
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(
        '{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"one two","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}',
      );
  });
  const app = await startApp(modelsAt([upstream]));
  const whole = clientOf(app.url).chat.completions.create(chat('Count from 1 to 5')).asResponse();
  await expect.poll(() => upstream.requests.length).toBe(1);
  const socket = openSocket(app.url);
  socket.write(postText('/v1/chat/completions', request, { connection: 'close' }));
  // Nothing can be seen of a joiner before its answer begins; it is read in the order in which it came.
  await (await fetch(`${app.url}/health`)).text();
  held.open();
  expect((await whole).status).toBe(200);
  const streamed = (await socket.ended()).toString();
  await app.close();
  expect(streamed).toMatch(/x-llmproxy-cache: (?:joined|hit)/);
  expect(streamed).toContain('text/event-stream');
  expect(streamed).toContain('data: [DONE]');
  expect(upstream.requests).toHaveLength(1);
});

test('the one who began may leave; the others get the whole stream', async () => {
  const held = gate();
  await using upstream = await heldUpstream(2, held);
  const app = await startApp(modelsAt([upstream]));
  const leader = openSocket(app.url);
  leader.write(postText('/v1/chat/completions', request));
  await leader.until('one ');
  const follower = openSocket(app.url);
  follower.write(postText('/v1/chat/completions', request));
  await follower.until('one ');
  leader.leave();
  await expect.poll(async () => (await statsOf<Left>(app.url)).requests.client_left).toBe(1);
  held.open();
  await follower.until('0\r\n\r\n');
  follower.leave();
  const hit = await send(`${app.url}/v1/chat/completions`, { body: request });
  await app.close();
  expect(follower.received().toString()).toContain('[DONE]');
  expect(hit.headers['x-llmproxy-cache']).toBe('hit');
  expect(eventsIn(hit.body)).toHaveLength(EVENTS.length - 1);
  expect(upstream.requests).toHaveLength(1);
});

interface Left {
  readonly requests: { readonly client_left: number };
}

test('when the last one leaves the endpoint is let go, and the next request starts anew', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ times: 1, fault: { kind: 'hang', afterEvents: 3 } });
  const sockets = [openSocket(bed.url), openSocket(bed.url), openSocket(bed.url)];
  for (const socket of sockets) {
    socket.write(postText('/v1/chat/completions', request));
    await socket.until('"content":"1"');
  }
  for (const socket of sockets) socket.leave();
  await expect.poll(async () => (await bed.requests())[0]?.aborted).toBe(true);
  const { data, response } = await bed.client().chat.completions.create(request).withResponse();
  expect(textOf(await collect(data))).toBe('1\n2\n3\n4\n5');
  expect(response.headers.get('x-llmproxy-cache')).toBe('miss');
});

test('an error is the same for everyone who waited, and was asked for once', async () => {
  const held = gate();
  await using upstream = await startUpstream(async (response) => {
    await held.opened;
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"No.","code":"no"}}');
  });
  const app = await startApp(modelsAt([upstream]));
  const answers = Array.from({ length: 10 }, () => send(`${app.url}/v1/chat/completions`, { body: request }));
  await expect.poll(() => upstream.requests.length).toBe(1);
  await (await fetch(`${app.url}/health`)).text();
  held.open();
  const all = await Promise.all(answers);
  await app.close();
  expect(all.map(({ status }) => status)).toEqual(all.map(() => 400));
  expect(all.every(({ body }) => body.includes('"code":"no"'))).toBe(true);
  expect(upstream.requests).toHaveLength(1);
});

test('a JSON request that joined a stream which broke off is answered by a call of its own', async () => {
  const held = gate();
  let calls = 0;
  await using upstream = await startUpstream(async (response, seen) => {
    calls += 1;
    if (seen.body.includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of EVENTS.slice(0, 2)) response.write(event);
      await held.opened;
      response.destroy();
      return;
    }
    const body =
      '{"id":"chatcmpl-2","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}]}';
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  const app = await startApp(modelsAt([upstream]));
  const stream = openSocket(app.url);
  stream.write(postText('/v1/chat/completions', request));
  await stream.until('one ');
  const whole = clientOf(app.url).chat.completions.create(chat('Count from 1 to 5')).withResponse();
  await (await fetch(`${app.url}/health`)).text();
  held.open();
  const broken = (await stream.ended()).toString();
  const { data, response } = await whole;
  await app.close();
  expect(broken).toContain('stream_interrupted');
  expect(data.choices[0]?.message.content).toBe('whole');
  expect(response.headers.get('x-llmproxy-attempts')).toBe('1');
  expect(response.headers.get('x-llmproxy-cache')).toBe('miss');
  expect(calls).toBe(2);
});

test('who wants a fresh answer, or one that is not kept, gets a call of its own', async () => {
  const held = gate();
  await using upstream = await heldUpstream(2, held);
  const app = await startApp(modelsAt([upstream]));
  const sockets = ['', 'no-cache', 'no-store'].map((control) => {
    const socket = openSocket(app.url);
    socket.write(postText('/v1/chat/completions', request, control === '' ? {} : { 'cache-control': control }));
    return socket;
  });
  await Promise.all(sockets.map((socket) => socket.until('one ')));
  expect(upstream.requests).toHaveLength(3);
  held.open();
  await Promise.all(sockets.map((socket) => socket.until('[DONE]')));
  for (const socket of sockets) socket.leave();
  await app.close();
});

test('different requests do not wait for each other', async () => {
  const held = gate();
  await using upstream = await startUpstream(async (response, seen) => {
    if (seen.body.includes('slow')) await held.opened;
    await streamPieces(response, EVENTS);
  });
  const app = await startApp(modelsAt([upstream]));
  const slow = send(`${app.url}/v1/chat/completions`, { body: { ...chat('slow'), stream: true } });
  const quick = await send(`${app.url}/v1/chat/completions`, { body: { ...chat(nonce()), stream: true } });
  expect(quick.body.toString()).toContain('[DONE]');
  held.open();
  expect((await slow).body.toString()).toContain('[DONE]');
  await app.close();
});
