import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { loadOrBuiltin } from '../../proxy/config/builtin.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll(/\\\n\s*/g, '');
const run = promisify(execFile);

interface Service {
  readonly restart: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: object;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
}

function jsonArguments(instruction: string): string[] {
  const match = new RegExp(`^${instruction}\\b[^[\\n]*(\\[.*\\])$`, 'm').exec(dockerfile);
  return JSON.parse(match?.[1] ?? '[]') as string[];
}

/** The program of the image's health check, which asks for the port in the environment. */
function healthcheck(port: string): Promise<unknown> {
  const [, ...args] = jsonArguments('HEALTHCHECK');
  return run(process.execPath, args, { env: { ...process.env, LLMPROXY_PORT: port } });
}

test('the health check succeeds while the proxy lives and fails where nothing listens', async () => {
  await expect(healthcheck(new URL(inject('proxyUrl')).port)).resolves.toBeDefined();
  await expect(healthcheck('1')).rejects.toMatchObject({ code: 1 });
});

test('the configuration of the repository is accepted with the address and the environment of the image', () => {
  const command = jsonArguments('CMD');
  const host = command[command.indexOf('--host') + 1]!;
  const environment = Object.fromEntries([...dockerfile.matchAll(/\b([A-Z_]+)=(\w+)/g)].map((match) => match.slice(1)));
  const load = (from: Record<string, string>): string =>
    loadOrBuiltin(join(ROOT, 'llmproxy.yaml'), { environment: from, overrides: { host } }).config.server.host;
  expect(load(environment)).toBe('0.0.0.0');
  expect(() => load({})).toThrow();
});

test('everything that the image copies is in the repository and not ignored', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) => match[1]!.split(' '));
  expect(copied.length).toBeGreaterThan(5);
  expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  // What the build reads of the root.
  const named = readFileSync(join(ROOT, 'tools/build.ts'), 'utf8').match(/tsconfig[\w.-]*\.json/g) ?? [];
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter((path) => !copied.includes(path))).toEqual([]);
  const kept = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  expect(copied.filter((path) => !kept.includes(`!${path.split('/')[0]}`))).toEqual([]);
});

test('the image runs as a user without rights and says when it is alive', () => {
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK .*\/health\/live/m);
});

test('the composition has the proxy on the loopback and a Redis that it waits for', () => {
  const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')) as {
    services: Record<string, Service>;
  };
  expect(Object.keys(services)).toEqual(['llmproxy', 'valkey']);
  expect(Object.values(services).map(({ restart }) => restart)).toEqual(['unless-stopped', 'unless-stopped']);
  expect(services['valkey']?.healthcheck).toBeDefined();
  expect(services['llmproxy']).toMatchObject({
    environment: { REDIS_URL: 'redis://valkey:6379' },
    depends_on: { valkey: { condition: 'service_healthy' } },
  });
  // The folder is mounted, so that a file that is put in the old one's place is seen.
  expect(services['llmproxy']?.volumes).toEqual(['./deploy/config:/config:ro']);
  expect(services['llmproxy']?.command?.slice(0, 2)).toEqual(['--config', '/config/llmproxy.yaml']);
  const { config } = loadOrBuiltin(join(ROOT, 'deploy/config/llmproxy.yaml'), {
    environment: { REDIS_URL: services['llmproxy']?.environment?.['REDIS_URL'] },
    overrides: { host: '0.0.0.0' },
  });
  expect(config.redis.url?.reveal()).toBe('redis://valkey:6379');
  expect(services['llmproxy']?.ports?.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
});
