import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CERTIFICATE, CERTIFICATE_KEY, startForwardProxy } from '../../proxy/upstream/forward-proxy.fixture.ts';
import { startProxy } from '../setup/services.ts';
import { chat } from './ask.ts';
import { jsonOf, send } from './http.ts';
import { startUpstream } from './upstream.ts';

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'from afar' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

function endpointAt(base_url: string): object {
  return { endpoints: [{ provider: 'openai', base_url, api_key: 'sk-endpoint' }] };
}

test('a network that is left through a forward proxy alone is left through it, and NO_PROXY is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-ca-'));
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, CERTIFICATE);
  const secure = createTlsServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER));
  });
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', () => resolve()));
  await using near = await startUpstream((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER),
  );
  await using plainWay = await startForwardProxy({ target: near.port });
  await using secureWay = await startForwardProxy({ target: (secure.address() as AddressInfo).port });
  const proxy = await startProxy({
    config: {
      models: {
        plain: endpointAt('http://llm.test/v1'),
        secure: endpointAt('https://llm.test/v1'),
        near: endpointAt(near.baseURL),
        excepted: endpointAt('http://api.excepted.test/v1'),
        mock: { endpoints: [{ provider: 'mock' }] },
      },
    },
    env: {
      HTTP_PROXY: `http://user:hunter2-hunter2@127.0.0.1:${plainWay.port}`,
      HTTPS_PROXY: `http://127.0.0.1:${secureWay.port}`,
      NO_PROXY: 'excepted.test',
      NODE_EXTRA_CA_CERTS: ca,
    },
  });
  try {
    const ask = (model: string) => send(`${proxy.url}/v1/chat/completions`, { body: { ...chat('hi'), model } });
    for (const model of ['plain', 'secure', 'near', 'mock']) {
      const answer = await ask(model);
      expect({ model, status: answer.status, body: answer.body.toString() }).toMatchObject({ model, status: 200 });
      if (model !== 'mock') expect(jsonOf(answer)).toEqual(JSON.parse(ANSWER));
    }
    // A body of any size on a route that names no model is not held, and goes the same way.
    const upload = await send(`${proxy.url}/v1/files`, {
      body: Buffer.alloc(6_000_000, 'x'),
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    expect(upload.status).toBe(200);
    expect((await ask('excepted')).status).toBe(502);
    expect(plainWay.asked).toEqual(['POST http://llm.test/v1/chat/completions', 'CONNECT llm.test:80']);
    expect(secureWay.asked).toEqual(['CONNECT llm.test:443']);
    expect(proxy.stderr()).not.toContain('hunter2');
  } finally {
    await proxy.stop();
    secure.closeAllConnections();
    await new Promise((resolve) => secure.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
});

test('a variable that names no HTTP proxy stops the start with a sentence', async () => {
  const env = { HTTPS_PROXY: 'socks5://user:hunter2@127.0.0.1:1080' };
  const failed = startProxy({ config: { models: { m: { endpoints: [{ provider: 'mock' }] } } }, env });
  const error = await failed.catch((reason: Error) => reason.message);
  expect(error).toContain('HTTPS_PROXY (or https_proxy) is expected to be the address of an HTTP proxy');
  expect(error).not.toContain('hunter2');
});
