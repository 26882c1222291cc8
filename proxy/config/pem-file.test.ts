import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { certificateFiles } from '../../tests/setup/certificates.ts';
import { secretsOf } from './config.ts';
import { parseConfig } from './load.ts';
import { ConfigError } from './fault.ts';

const MOCK = 'models: { m: { endpoints: [{ provider: mock }] } }';

function faults(text: string): string {
  try {
    parseConfig(text, 'test.yaml', { environment: {} });
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.render();
    throw error;
  }
}

test('certificate and key are read from their files, and the key is a secret', () => {
  const files = certificateFiles();
  const text = JSON.stringify({
    server: { tls: { cert: files.cert, key: files.key } },
    models: { m: { endpoints: [{ provider: 'mock' }] } },
  });
  const { config } = parseConfig(text, 'test.yaml', { environment: {} });
  expect(config.server.tls?.cert).toBe(files.pem);
  expect(config.server.tls?.key.reveal()).toBe(readFileSync(files.key, 'utf8'));
  expect(JSON.stringify(config)).not.toContain('PRIVATE KEY');
});

test('what cannot be used as certificate or key is a fault with its place', () => {
  const [one, other] = [certificateFiles(), certificateFiles()];
  const tls = (cert: string, key: string): string =>
    faults(`server: { tls: { cert: ${JSON.stringify(cert)}, key: ${JSON.stringify(key)} } }\n${MOCK}`);
  expect(tls('/nowhere/cert.pem', one.key)).toMatch(/server\.tls\.cert.*a file that can be read.*ENOENT/);
  expect(tls(one.key, one.key)).toMatch(/server\.tls\.cert.*certificates in PEM/);
  expect(tls(one.cert, one.cert)).toMatch(/server\.tls\.key.*a private key in PEM/);
  expect(tls(one.cert, other.key)).toMatch(/server\.tls\.key.*the private key of the certificate/);
});

test('an endpoint has authorities of its own', () => {
  const files = certificateFiles();
  const endpoint = { provider: 'openai', base_url: 'https://127.0.0.1:1/v1', api_key: 'none', tls: { ca: files.cert } };
  const text = JSON.stringify({ models: { m: { endpoints: [endpoint] } } });
  expect(parseConfig(text, 'test.yaml', { environment: {} }).config.models[0]?.endpoints[0]?.ca).toBe(files.pem);
  writeFileSync(files.cert, 'nothing');
  expect(faults(text)).toMatch(/endpoints\[0\]\.tls\.ca.*certificates in PEM/);
});

test('an endpoint is shown a certificate of the proxy, whose key is a secret', () => {
  const [one, other] = [certificateFiles(), certificateFiles()];
  const textOf = (tls: object): string =>
    JSON.stringify({
      models: { m: { endpoints: [{ provider: 'openai', base_url: 'https://127.0.0.1:1/v1', api_key: 'none', tls }] } },
    });
  const { config } = parseConfig(textOf({ cert_file: one.cert, key_file: one.key }), 'test.yaml', { environment: {} });
  expect(config.models[0]?.endpoints[0]?.clientCertificate?.cert).toBe(one.pem);
  expect(secretsOf(config).map((secret) => secret.reveal())).toContain(readFileSync(one.key, 'utf8'));
  expect(JSON.stringify(config)).not.toContain('PRIVATE KEY');
  expect(faults(textOf({ cert_file: one.cert }))).toMatch(/endpoints\[0\]\.tls.*cert_file and key_file together/);
  expect(faults(textOf({ cert_file: one.cert, key_file: other.key }))).toMatch(
    /tls\.key_file.*the private key of the certificate/,
  );
});
