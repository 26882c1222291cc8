import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../setup/redis.ts';
import { type ProxyProcess, startProxy } from '../setup/services.ts';
import { chat, nonce, sharedRedis } from './ask.ts';
import { openSocket, postText, type RawAnswer, send } from './http.ts';
import { modelsAt, startUpstream, type Upstream } from './upstream.ts';

const PATH = '/v1/chat/completions';

function event(text: string): string {
  const data = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' };
  return `data: ${JSON.stringify({ ...data, choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })}\n\n`;
}

const STOP =
  'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' +
  'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\n' +
  'data: [DONE]\n\n';

/** An endpoint whose answers a test writes as it likes. */
interface Held extends Upstream {
  readonly answers: readonly ServerResponse[];
  /** Answers that the proxy has closed. */
  closed(): number;
  /** Writes to all answers. */
  write(text: string): void;
  end(text: string): void;
}

async function heldUpstream(): Promise<Held> {
  const answers: ServerResponse[] = [];
  let closed = 0;
  const upstream = await startUpstream((response) => {
    answers.push(response);
    response.on('close', () => (closed += response.writableFinished ? 0 : 1));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  });
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  return {
    ...upstream,
    answers,
    closed: () => closed,
    write: (text) => {
      for (const answer of answers) answer.write(text);
    },
    end: (text) => {
      for (const answer of answers) answer.end(text);
    },
  };
}

interface FleetOptions {
  readonly redis?: object;
  readonly config?: object;
  readonly replicas?: number;
}

/** Replicas that share one Redis, in front of one endpoint; each a process of its own. */
async function fleet(upstream: Upstream, { redis = sharedRedis(), config, replicas = 3 }: FleetOptions = {}) {
  const whole = { redis, cache: { share_generations: 'replicas' }, ...modelsAt([upstream]), ...config };
  const proxies = await Promise.all(Array.from({ length: replicas }, () => startProxy({ config: whole })));
  onTestFinished(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });
  return proxies;
}

function ask({ url }: ProxyProcess, body: object): Promise<RawAnswer> {
  return send(url + PATH, { body });
}

async function roles({ url }: ProxyProcess): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = text.matchAll(/^llmproxy_shared_generations_total\{role="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...found].map(([, role, count]) => [role, Number(count)]));
}

/** Streams of equal requests at these replicas, the first of which leads; resolves once the others follow. */
async function streams([leader, ...followers]: readonly ProxyProcess[], upstream: Upstream, body: object) {
  const open = (proxy: ProxyProcess) => {
    const socket = openSocket(proxy.url);
    onTestFinished(() => void socket.socket.destroy());
    socket.write(postText(PATH, body));
    return socket;
  };
  if (!leader) throw new Error('there is no replica');
  const first = open(leader);
  await expect.poll(() => upstream.requests.length).toBe(1);
  const rest = followers.map(open);
  for (const follower of followers) await expect.poll(() => roles(follower)).toEqual({ follow: 1 });
  return [first, ...rest];
}

test.each([
  ['streams', { stream: true }],
  ['JSON', {}],
])('a thousand equal requests over three replicas cost one call, and get the same bytes (%s)', async (shape, more) => {
  const body = { ...chat(nonce()), ...more };
  const answered = Promise.withResolvers<void>();
  const json = JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'one two' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
  await using upstream = await startUpstream(async (response) => {
    await answered.promise;
    response.writeHead(200, { 'content-type': shape === 'JSON' ? 'application/json' : 'text/event-stream' });
    if (shape === 'JSON') {
      response.end(json);
      return;
    }
    for (const text of ['one ', 'two']) {
      response.write(event(text));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end(STOP);
  });
  const proxies = await fleet(upstream);
  const asked = Array.from({ length: 1_000 }, (_, index) => ask(proxies[index % 3]!, body));
  await expect
    .poll(async () => (await Promise.all(proxies.map(roles))).flatMap(Object.keys).toSorted())
    .toEqual(['follow', 'follow', 'lead']);
  answered.resolve();
  const answers = await Promise.all(asked);
  expect(upstream.requests).toHaveLength(1);
  expect(new Set(answers.map(({ status, broken }) => `${status} ${broken}`))).toEqual(new Set(['200 false']));
  expect(new Set(answers.map((answer) => answer.body.toString())).size).toBe(1);
  const results = Object.groupBy(answers, ({ headers }) => String(headers['x-llmproxy-cache']));
  expect(results['miss']).toHaveLength(1);
  expect(Object.keys(results).every((result) => ['miss', 'joined', 'hit'].includes(result))).toBe(true);
});

test('followers on other replicas get each event as it comes, and a unary client the whole', async () => {
  const upstream = await heldUpstream();
  const proxies = await fleet(upstream);
  const body = chat(nonce());
  const [first, second] = await streams(proxies.slice(0, 2), upstream, { ...body, stream: true });
  const unary = ask(proxies[2]!, body);
  await expect.poll(() => roles(proxies[2]!)).toEqual({ follow: 1 });
  for (const text of ['one ', 'two ', 'three ']) {
    upstream.write(event(text));
    await Promise.all([first!.until(text), second!.until(text)]);
  }
  upstream.end(STOP);
  await Promise.all([first!.until('[DONE]'), second!.until('[DONE]')]);
  const whole = await unary;
  expect(JSON.parse(whole.body.toString())).toMatchObject({ choices: [{ message: { content: 'one two three ' } }] });
  expect(whole.headers['x-llmproxy-cache']).toBe('joined');
  expect(upstream.requests).toHaveLength(1);
  expect((await ask(proxies[1]!, body)).headers['x-llmproxy-cache']).toBe('hit');
});

test('when the leader is killed before the first content, the others have two calls in all and every answer', async () => {
  const upstream = await heldUpstream();
  const proxies = await fleet(upstream);
  const body = { ...chat(nonce()), stream: true };
  const [, second, third] = await streams(proxies, upstream, body);
  const killed = performance.now();
  proxies[0]!.child.kill('SIGKILL');
  await expect.poll(() => upstream.requests.length, { timeout: 5_000, interval: 5 }).toBe(2);
  expect(performance.now() - killed).toBeLessThan(3_000);
  upstream.write(event('one '));
  await Promise.all([second!.until('one '), third!.until('one ')]);
  upstream.end(STOP);
  await Promise.all([second!.until('[DONE]'), third!.until('[DONE]')]);
  expect(upstream.requests).toHaveLength(2);
});

test('when it is killed after the first content, followers are cut with an error event, and a retry is a new call', async () => {
  const upstream = await heldUpstream();
  const proxies = await fleet(upstream);
  const body = { ...chat(nonce()), stream: true };
  const [, second, third] = await streams(proxies, upstream, body);
  upstream.write(event('one '));
  await Promise.all([second!.until('one '), third!.until('one ')]);
  proxies[0]!.child.kill('SIGKILL');
  for (const follower of [second!, third!]) {
    const rest = await follower.ended();
    expect(rest.toString()).toContain('stream_interrupted');
    expect(rest.toString()).not.toContain('[DONE]');
  }
  const [again] = await Promise.all([
    ask(proxies[1]!, body),
    expect
      .poll(() => upstream.requests.length)
      .toBe(2)
      .then(() => upstream.answers[1]!.end(event('anew') + STOP)),
  ]);
  expect([again.status, again.headers['x-llmproxy-cache'], again.broken]).toEqual([200, 'miss', false]);
});

test('the call goes on for the last follower anywhere, and is closed when it has left', async () => {
  const upstream = await heldUpstream();
  const proxies = await fleet(upstream);
  const [first, second, third] = await streams(proxies, upstream, { ...chat(nonce()), stream: true });
  upstream.write(event('one '));
  await Promise.all([first!, second!, third!].map((one) => one.until('one ')));
  first!.socket.destroy();
  second!.socket.destroy();
  upstream.write(event('two '));
  await third!.until('two ');
  expect(upstream.closed()).toBe(0);
  third!.socket.destroy();
  await expect.poll(() => upstream.closed(), { timeout: 4_000 }).toBe(1);
});

test('when Redis is killed, those that wait ask for themselves, streams are cut, and no one waits', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const upstream = await heldUpstream();
  const proxies = await fleet(upstream, { redis: { url: redis.url } });
  const [begun, waiting] = [nonce(), nonce()].map((content) => ({ ...chat(content), stream: true }));
  const [, second] = await streams(proxies.slice(0, 2), upstream, begun!);
  upstream.write(event('one '));
  await second!.until('one ');
  const third = openSocket(proxies[0]!.url);
  third.write(postText(PATH, waiting!));
  await expect.poll(() => upstream.requests.length).toBe(2);
  const fourth = openSocket(proxies[2]!.url);
  fourth.write(postText(PATH, waiting!));
  await expect.poll(() => roles(proxies[2]!)).toEqual({ follow: 1 });
  await redis.kill();
  expect((await second!.ended()).toString()).toContain('stream_interrupted');
  await expect.poll(() => upstream.requests.length, { timeout: 3_000 }).toBe(3);
  const asked = performance.now();
  const fifth = openSocket(proxies[1]!.url);
  fifth.write(postText(PATH, { ...chat(nonce()), stream: true }));
  await expect.poll(() => upstream.requests.length, { interval: 2 }).toBe(4);
  expect(performance.now() - asked).toBeLessThan(500);
  upstream.end(event('end') + STOP);
  await Promise.all([third.until('[DONE]'), fourth.until('[DONE]'), fifth.until('[DONE]')]);
});

test('a follower that reads slowly holds neither the leader nor another follower up', async () => {
  const upstream = await heldUpstream();
  const proxies = await fleet(upstream);
  const [first, slow, third] = await streams(proxies, upstream, { ...chat(nonce()), stream: true });
  slow!.socket.pause();
  const large = event('x'.repeat(50_000));
  for (let count = 0; count < 60; count += 1) upstream.write(large);
  upstream.end(STOP);
  await Promise.all([first!.until('[DONE]'), third!.until('[DONE]')]);
  slow!.socket.resume();
  await slow!.until('[DONE]');
  const seen = [slow!, third!].map((one) => one.received().toString().split('x').length);
  expect(seen[0]).toBe(seen[1]);
  expect(upstream.requests).toHaveLength(1);
}, 20_000);

test('without the setting each replica makes its own call', async () => {
  const upstream = await heldUpstream();
  const proxies = await fleet(upstream, { config: { cache: { share_generations: 'process' } }, replicas: 2 });
  const body = chat(nonce());
  const asked = proxies.map((proxy) => ask(proxy, body));
  await expect.poll(() => upstream.requests.length).toBe(2);
  upstream.end(event('one') + STOP);
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);
  expect(await roles(proxies[0]!)).toEqual({});
});
