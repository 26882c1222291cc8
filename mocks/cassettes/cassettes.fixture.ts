import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { MockServer } from '../server/server.ts';
import type { ServerOptions } from '../server/options/options.ts';
import { readCassette } from './cassette.ts';
import type { Cassette } from './cassette.ts';
import { startRecorder } from './recorder.ts';
import type { RecorderOptions } from './recorder.ts';
import { replayOperations } from './replay.ts';
import type { ReplayOptions } from './replay.ts';

/** A file in a folder that goes with the test. */
export function cassetteFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmproxy-cassette-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'cassette.jsonl');
}

export interface Ask {
  readonly path?: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Everything that came, and whether the connection ended too early. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly broken: boolean;
}

export async function ask(url: string, { path = '/v1/chat/completions', body, headers = {} }: Ask): Promise<Answered> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const chunks: Uint8Array[] = [];
  let broken = false;
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk as Uint8Array);
  } catch {
    broken = true;
  }
  return { status: response.status, headers: response.headers, text: Buffer.concat(chunks).toString(), broken };
}

/** Records what a mock answers; returns the cassette with the answers that the client got. */
export async function recorded(
  asks: readonly Ask[],
  options: Partial<RecorderOptions> & { readonly mock?: ServerOptions } = {},
): Promise<{ readonly file: string; readonly cassette: Cassette; readonly answers: readonly Answered[] }> {
  const { mock, ...recording } = options;
  const server = await MockServer.start(mock);
  const file = recording.file ?? cassetteFile();
  const recorder = await startRecorder({ target: `${server.url}/v1`, ...recording, file });
  const answers: Answered[] = [];
  for (const one of asks) answers.push(await ask(recorder.url, one));
  await recorder.close();
  await server.close();
  return { file, cassette: readCassette(file), answers };
}

export async function replaying(
  cassette: Cassette,
  options: ReplayOptions = {},
  server: ServerOptions = {},
): Promise<MockServer> {
  const started = await MockServer.start(server, { operations: replayOperations(cassette, options) });
  onTestFinished(() => started.close());
  return started;
}
