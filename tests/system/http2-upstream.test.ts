import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { certificateFiles } from '../setup/certificates.ts';
import { chunk, completion, DONE } from './answers.ts';
import { chat, collect, nonce, textOf } from './ask.ts';
import { clientOf, startApp } from './bed.ts';

type Answer = (response: Http2ServerResponse, request: Http2ServerRequest) => void;

const files = () => {
  const { cert, key } = certificateFiles();
  return { ca: cert, pem: { cert: readFileSync(cert), key: readFileSync(key) } };
};

/** An endpoint that takes HTTP/2, and HTTP/1.1; it tells which it was asked in. */
async function endpointOf(answer: Answer) {
  const { ca, pem } = files();
  const seen: string[] = [];
  let connections = 0;
  const server = createSecureServer({ ...pem, allowHTTP1: true }, (request, response) => {
    seen.push(`${request.httpVersion} ${request.method} ${request.url}`);
    request.resume().on('end', () => answer(response, request));
  });
  server.on('secureConnection', () => (connections += 1));
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    seen,
    at: { provider: 'openai', base_url: url, api_key: 'sk-endpoint', tls: { ca } },
    connections: () => connections,
  };
}

async function appOf(endpoints: readonly object[], more: object = {}): Promise<OpenAI> {
  const named = endpoints.map((endpoint, index) => ({ name: 'ab'.charAt(index), ...endpoint }));
  const app = await startApp({ models: { 'gpt-4o-mini': { endpoints: named, ...more } } });
  onTestFinished(() => app.close());
  return clientOf(app.url);
}

const json: Answer = (response) => {
  response.setHeader('content-type', 'application/json');
  response.end(completion());
};

const stream: Answer = (response) => {
  response.setHeader('content-type', 'text/event-stream');
  response.write(chunk({ role: 'assistant', content: 'one ' }));
  setTimeout(() => response.end(chunk({ content: 'two' }) + chunk({}, 'stop') + DONE), 20);
};

test('an endpoint is asked over HTTP/2, over one connection, and over HTTP/1.1 without the setting', async () => {
  const endpoint = await endpointOf(json);
  const over2 = await appOf([{ ...endpoint.at, http2: true }]);
  await Promise.all(Array.from({ length: 20 }, () => over2.chat.completions.create(chat(nonce()))));
  expect(endpoint.connections()).toBe(1);
  const over1 = await appOf([endpoint.at]);
  await over1.chat.completions.create(chat(nonce()));
  expect(endpoint.seen.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => '2.0 POST /v1/chat/completions'));
  expect(endpoint.seen.slice(20)).toEqual(['1.1 POST /v1/chat/completions']);
});

test('streams come over HTTP/2 event by event', async () => {
  const endpoint = await endpointOf(stream);
  const client = await appOf([{ ...endpoint.at, http2: true }]);
  const all = Array.from({ length: 30 }, async () =>
    textOf(await collect(await client.chat.completions.create({ ...chat(nonce()), stream: true }))),
  );
  expect(new Set(await Promise.all(all))).toEqual(new Set(['one two']));
  expect(endpoint.connections()).toBe(1);
});

test('a stream that breaks off before its content goes to the next endpoint, and afterwards ends with an error', async () => {
  const broken = await endpointOf((response) => response.stream.session?.destroy());
  const good = await endpointOf(json);
  const both = [
    { ...broken.at, http2: true, weight: 100 },
    { ...good.at, http2: true },
  ];
  const client = await appOf(both);
  const { response } = await client.chat.completions.create(chat(nonce())).withResponse();
  expect(response.headers.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/b');
  const torn = await endpointOf((answer) => {
    answer.setHeader('content-type', 'text/event-stream');
    answer.write(chunk({ role: 'assistant', content: 'one ' }), () => setImmediate(() => answer.stream.close(2)));
  });
  const cut = await appOf([{ ...torn.at, http2: true }]);
  const asked = await cut.chat.completions.create({ ...chat(nonce()), stream: true });
  await expect(collect(asked)).rejects.toThrow();
});

test('a client that leaves closes its stream alone', async () => {
  const closed: string[] = [];
  let begun = 0;
  const endpoint = await endpointOf((response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write(chunk({ role: 'assistant', content: 'one ' }));
    begun += 1;
    response.stream.on('close', () => closed.push('closed'));
  });
  const client = await appOf([{ ...endpoint.at, http2: true }]);
  const abort = new AbortController();
  const ask = (signal?: AbortSignal) =>
    client.chat.completions.create({ ...chat(nonce()), stream: true }, signal ? { signal } : {});
  const [leaving] = await Promise.all([ask(abort.signal), ask()]);
  expect(begun).toBe(2);
  expect(leaving.controller.signal.aborted).toBe(false);
  abort.abort();
  await expect.poll(() => closed.length).toBe(1);
  expect(endpoint.connections()).toBe(1);
});

test('an endpoint that takes HTTP/1.1 alone is asked so, and one with a strange certificate not at all', async () => {
  const { ca, pem } = files();
  const plain = createServer(pem, (request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(completion());
    });
  });
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    plain.closeAllConnections();
    plain.close();
  });
  const at = {
    provider: 'openai',
    api_key: 'k',
    base_url: `https://127.0.0.1:${(plain.address() as AddressInfo).port}/v1`,
  };
  const client = await appOf([{ ...at, tls: { ca }, http2: true }]);
  const answers = await Promise.all([1, 2, 3].map(() => client.chat.completions.create(chat(nonce()))));
  expect(answers).toHaveLength(3);
  const strange = await appOf([{ ...at, http2: true }]);
  await expect(strange.chat.completions.create(chat(nonce()))).rejects.toMatchObject({ status: 502 });
});
