import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { CassetteHead, HeaderLines, Recording } from './cassette.ts';
import { readCassette, toRecorded } from './cassette.ts';
import { Scrubber } from './scrub.ts';
import { answerHeaders, callUpstream, headerLines, joined } from './upstream.ts';

export interface RecorderOptions {
  /** Where requests go: `https://api.openai.com`, with or without `/v1`. */
  readonly target: string;
  /** The cassette; what is in it already stays. */
  readonly file: string;
  /** 0 or absent: a free one. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Fields of JSON bodies that shall not count when the cassette is played: `metadata`, `messages.*.name`. */
  readonly ignore?: readonly string[] | undefined;
}

/** A proxy that writes down what passes through it. */
export interface Recorder extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Exchanges written so far. */
  recorded(): number;
  close(): Promise<void>;
}

const UNPACKERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  deflate: inflateSync,
};

interface Taken {
  readonly request: { method: string; url: string; headers: HeaderLines; body: Buffer };
  readonly answer: { status: number; headers: HeaderLines; headMs: number; broken: boolean };
  readonly reads: readonly (readonly [number, Buffer])[];
}

const MICROSECONDS = 1000;
const rounded = (ms: number): number => Math.round(ms * MICROSECONDS) / MICROSECONDS;

/** A body that came compressed all the same is unpacked: it could not be scrubbed otherwise. */
function unpacked({ answer, reads }: Taken): Pick<Taken, 'reads'> & { coding?: string; headers: HeaderLines } {
  const coding = answer.headers.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1].toLowerCase();
  const unpack = coding === undefined ? undefined : UNPACKERS[coding];
  if (coding === undefined || unpack === undefined) return { reads, headers: answer.headers };
  const whole = unpack(Buffer.concat(reads.map(([, bytes]) => bytes)));
  const framing = ['content-encoding', 'content-length'];
  const headers = answer.headers.filter(([name]) => !framing.includes(name.toLowerCase()));
  return { reads: [[reads.at(-1)?.[0] ?? 0, whole]], headers, coding };
}

/** What is written: the exchange without its secrets. */
export function recordingOf(taken: Taken): Recording {
  const { request, answer } = taken;
  const { reads, headers, coding } = unpacked(taken);
  const scrubber = new Scrubber();
  scrubber.learn(request.headers);
  scrubber.learn(headers);
  const clean = scrubber.pieces(reads.map(([, bytes]) => bytes));
  return {
    request: {
      method: request.method,
      url: scrubber.url(request.url),
      headers: scrubber.headers(request.headers),
      body: toRecorded(scrubber.bytes(request.body)),
    },
    answer: {
      status: answer.status,
      headers: scrubber.headers(headers),
      headMs: rounded(answer.headMs),
      reads: reads.map(([at], index) => [rounded(at), toRecorded(clean[index] ?? Buffer.alloc(0))]),
      broken: answer.broken,
      ...(coding !== undefined && { unpacked: coding }),
    },
  };
}

/** One exchange: passes on what comes as it comes, and gives what came at its end. Rejects when there was no whole exchange. */
async function passOn(request: IncomingMessage, response: ServerResponse, target: string): Promise<Taken> {
  const body = await buffer(request);
  const { method = 'GET', url = '/' } = request;
  const headers = headerLines(request.rawHeaders);
  const started = performance.now();
  const call = callUpstream({ url: joined(target, url), method, headers, body });
  const { promise, resolve, reject } = Promise.withResolvers<Taken>();
  response.on('close', () => {
    if (response.writableFinished) return;
    call.destroy();
    reject(new Error('the client left before the end'));
  });
  call.on('error', reject);
  call.on('response', (answer) => {
    const headAt = performance.now();
    const reads: (readonly [number, Buffer])[] = [];
    const status = answer.statusCode ?? 0;
    const lines = answerHeaders(answer);
    response.writeHead(status, lines.flat());
    response.flushHeaders();
    const finish = (broken: boolean): void =>
      resolve({
        request: { method, url, headers, body },
        answer: { status, headers: lines, headMs: headAt - started, broken },
        reads,
      });
    answer.on('data', (chunk: Buffer) => {
      reads.push([performance.now() - headAt, chunk]);
      if (response.write(chunk)) return;
      answer.pause();
      response.once('drain', () => answer.resume());
    });
    answer.on('error', () => undefined);
    answer.on('close', () => {
      finish(!answer.complete);
      if (answer.complete) response.end();
      else response.destroy();
    });
  });
  return promise;
}

/** The head of a file that is one already, or a new file with this one. */
function openCassette(file: string, head: CassetteHead): void {
  if (existsSync(file)) readCassette(file);
  else writeFileSync(file, `${JSON.stringify(head)}\n`);
}

/** Starts a recording proxy. Rejects when the port is taken or the file is something else than a cassette. */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const { target, file, port = 0, host = '127.0.0.1', ignore = [] } = options;
  const { origin } = new URL(target);
  openCassette(file, { cassette: 1, target: origin, ignore });
  let recorded = 0;
  const record = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const taken = await passOn(request, response, target);
    appendFileSync(file, `${JSON.stringify(recordingOf(taken))}\n`);
    recorded += 1;
  };
  const server = createServer((request, response) => {
    record(request, response).catch((error: unknown) => refuse(response, error));
  });
  await listening(server, port, host);
  const { port: actual } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    server.closeAllConnections();
    await promise;
  };
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${actual}`,
    port: actual,
    recorded: () => recorded,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function listening(server: Server, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  server.off('error', reject);
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.headersSent) {
    response.destroy();
    return;
  }
  const message = `The recorder cannot reach its target: ${error instanceof Error ? error.message : String(error)}`;
  response.writeHead(502, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message, type: 'server_error', param: null, code: 'recorder_failed' } }));
}
