import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { type CertificateFiles, certificateFiles } from '../setup/certificates.ts';
import { completion } from './answers.ts';
import { chat, nonce } from './ask.ts';
import { startApp } from './bed.ts';
import { send, type RawAnswer } from './http.ts';

interface Seen {
  readonly path: string;
  /** Fingerprint of the certificate that the client has shown. */
  readonly client: string;
}

/** A server that answers only those who show one of these certificates. */
async function strictServer(...clients: readonly CertificateFiles[]) {
  const files = certificateFiles();
  const seen: Seen[] = [];
  const options = {
    cert: readFileSync(files.cert),
    key: readFileSync(files.key),
    requestCert: true,
    // The certificates of tests are made for servers: the handler knows them by their fingerprints.
    rejectUnauthorized: false,
  };
  const known = new Set(clients.map(({ pem }) => new X509Certificate(pem).fingerprint256));
  const server = createServer(options, (request, response) => {
    const { fingerprint256 } = (request.socket as TLSSocket).getPeerCertificate();
    if (!known.has(fingerprint256)) {
      request.socket.destroy();
      return;
    }
    seen.push({ path: request.url ?? '', client: fingerprint256 });
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(completion());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { seen, ca: files.cert, url: `https://127.0.0.1:${port}/v1` };
}

function endpointAt({ url, ca }: { readonly url: string; readonly ca: string }, client?: CertificateFiles): object {
  const shown = client ? { cert_file: client.cert, key_file: client.key } : {};
  return { provider: 'openai', name: 'a', base_url: url, api_key: 'sk-endpoint', tls: { ca, ...shown } };
}

async function appOf(models: object) {
  const log: string[] = [];
  const app = await startApp({ routing: { attempts: 1, allowed_fails: 100 }, models }, (line) => log.push(line));
  onTestFinished(() => app.close());
  return { app, log };
}

const ask = (url: string, model: string): Promise<RawAnswer> =>
  send(`${url}/v1/chat/completions`, { body: chat(nonce(), { model }) });

test('each endpoint is shown its own certificate, also at one address', async () => {
  const [one, two] = [certificateFiles(), certificateFiles()];
  const server = await strictServer(one, two);
  const { app } = await appOf({
    one: { endpoints: [endpointAt(server, one)] },
    two: { endpoints: [endpointAt(server, two)] },
    none: { endpoints: [endpointAt(server)] },
  });
  const statuses = [await ask(app.url, 'one'), await ask(app.url, 'two'), await ask(app.url, 'one')].map(
    ({ status }) => status,
  );
  expect(statuses).toEqual([200, 200, 200]);
  const [first, second, third] = server.seen.map(({ client }) => client);
  expect(first).toMatch(/^[\dA-F:]{95}$/);
  expect(second).not.toBe(first);
  expect(third).toBe(first);
  expect((await ask(app.url, 'none')).status).toBe(502);
  expect(server.seen).toHaveLength(3);
});

test('routes that are not interpreted, and large uploads, show it too', async () => {
  const client = certificateFiles();
  const server = await strictServer(client);
  const { app } = await appOf({ one: { endpoints: [endpointAt(server, client)] } });
  expect((await send(`${app.url}/v1/files`, { method: 'GET' })).status).toBe(200);
  const form = new FormData();
  form.set('purpose', 'user_data');
  form.set('file', new Blob([Buffer.alloc(6 * 1024 * 1024, 'x')]), 'large.txt');
  const uploaded = await fetch(`${app.url}/v1/files`, { method: 'POST', body: form });
  expect(uploaded.status).toBe(200);
  expect(server.seen.map(({ path }) => path)).toEqual(['/v1/files', '/v1/files']);
});

test('a certificate that the endpoint does not know is refused, and its key is in no log', async () => {
  const [known, unknown] = [certificateFiles(), certificateFiles()];
  const server = await strictServer(known);
  const { app, log } = await appOf({ one: { endpoints: [endpointAt(server, unknown)] } });
  const answer = await ask(app.url, 'one');
  expect(answer.status).toBe(502);
  expect(server.seen).toEqual([]);
  expect(log.join('') + answer.body.toString()).not.toContain('PRIVATE KEY');
});

test('a reload reads a renewed certificate', async () => {
  const [old, renewed] = [certificateFiles(), certificateFiles()];
  const server = await strictServer(renewed);
  const { app } = await appOf({ one: { endpoints: [endpointAt(server, old)] } });
  expect((await ask(app.url, 'one')).status).toBe(502);
  writeFileSync(old.cert, renewed.pem);
  writeFileSync(old.key, readFileSync(renewed.key));
  expect(await app.reload()).toBe(true);
  expect((await ask(app.url, 'one')).status).toBe(200);
});
