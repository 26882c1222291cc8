import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import { startProcess, type StartedProcess } from '../setup/process.ts';
import { tempFolder } from '../setup/temp-folder.ts';

const PROXY = fileURLToPath(new URL('../../proxy/bin.ts', import.meta.url));
export const GOVERNED_MODEL = 'gpt-4o';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A proxy in a process and a folder of its own, in front of one mock. Stopped when the test ends. */
export interface GovernedProcess {
  readonly folder: string;
  readonly mock: Mock;
  url(): string;
  started(): StartedProcess;
  /** The admin token out of the file beside the default database. */
  token(): string;
  /** A call below `/api/governance`; with the admin token unless `headers` says otherwise. */
  admin(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A request of a chat completion; without a key where that is undefined. */
  chat(key: string | undefined, text: string): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Another file for the next start or reload. */
  write(sections: object): void;
  /** Reads the file again; resolves when the log says that it was taken. */
  reload(sections: object): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A mock of the test's own. */
  readonly mock?: Mock;
  /** Longest wait for the ready line. */
  readonly patienceMs?: number;
}

/** `sections` are those of the configuration beside `models` and the port. */
export async function governedProcess(sections: object, options: ProcessOptions = {}): Promise<GovernedProcess> {
  const folder = tempFolder('governed');
  const mock = options.mock ?? (await startMock());
  const file = join(folder, 'llmproxy.yaml');
  let process_: StartedProcess | undefined;
  const write = (given: object): void => {
    const models = { [GOVERNED_MODEL]: { endpoints: [{ provider: 'openai', base_url: mock.baseURL, api_key: 'k' }] } };
    writeFileSync(
      file,
      JSON.stringify({ models, ...given, server: { port: 0, ...(given as { server?: object }).server } }),
    );
  };
  write(sections);
  const start = async (): Promise<void> => {
    process_ = await startProcess(process.execPath, [PROXY, '--config', file, '--json'], {
      cwd: folder,
      env: { LLMPROXY_DATABASE_URL: '', LLMPROXY_MASTER_KEY: '', ...options.env },
      ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
    });
  };
  const started = (): StartedProcess => {
    if (process_ === undefined) throw new Error('the proxy is not started');
    return process_;
  };
  const url = (): string => String(started().ready['url']).replace('0.0.0.0', '127.0.0.1');
  const token = (): string => readFileSync(join(folder, 'data/llmproxy.db.admin-token'), 'utf8').trim();
  onTestFinished(async () => {
    await process_?.stop();
    await mock.close();
  });
  await start();
  return {
    folder,
    mock,
    url,
    started,
    token,
    admin: (method, path, body, headers) =>
      answerOf(`${url()}/api/governance${path}`, {
        method,
        headers: headers ?? { authorization: `Bearer ${token()}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    chat: (key, text) =>
      answerOf(`${url()}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify({ model: GOVERNED_MODEL, messages: [{ role: 'user', content: text }] }),
      }),
    get: (path, headers = {}) => answerOf(`${url()}${path}`, { headers }),
    write,
    reload: async (given) => {
      write(given);
      process.kill(started().pid, 'SIGHUP');
      await expect.poll(() => started().stderr()).toContain('configuration reloaded');
    },
    kill: async () => {
      const { child } = started();
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    stop: () => started().stop(),
    start,
  };
}

/** What stands at a path of an answer's body; undefined when nothing does. */
export function within(body: unknown, ...path: readonly string[]): unknown {
  let value = body;
  for (const name of path) value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  return value;
}

export async function answerOf(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = (text.startsWith('{') ? JSON.parse(text) : { text }) as Readonly<Record<string, unknown>>;
  return { status: response.status, headers: response.headers, body };
}

/** A new key's value and id. Throws with the answer when it was refused. */
export async function newKey(
  proxy: Pick<GovernedProcess, 'admin'>,
  fields: object = {},
  headers?: Record<string, string>,
): Promise<{ id: string; value: string }> {
  const { status, body } = await proxy.admin('POST', '/virtual-keys', { name: 'a key', ...fields }, headers);
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  const { id, value } = body['virtual_key'] as { id: string; value: string };
  return { id, value };
}
