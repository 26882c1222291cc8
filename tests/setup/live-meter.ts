import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';

export interface MeteredEndpoint {
  /** The real base URL, with or without the version that it ends in. */
  readonly baseUrl: string;
  /** USD per million tokens. */
  readonly price: { readonly input: number; readonly output: number };
}

export interface MeterOptions {
  readonly endpoints: readonly MeteredEndpoint[];
  readonly maxUsd: number;
  /** Most calls that leave. */
  readonly maxCalls: number;
  /** Least time between two calls that leave, in milliseconds. */
  readonly gapMs: number;
}

export interface LiveMeter {
  /** The base URL that stands for endpoint `index` from now on; it ends in the same version. */
  baseUrl(index: number): string;
  readonly calls: number;
  readonly spentUsd: number;
  stop(): Promise<void>;
}

/** Headers of the hop, which the relay's own client writes. */
const HOP = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding', 'keep-alive']);
const ANSWER_HOP = new Set(['connection', 'content-length', 'content-encoding', 'transfer-encoding', 'keep-alive']);

/**
 * The one way to the network in a live run: relays to the real endpoints one call after the other, adds up what their
 * `usage` costs, and answers 429 `insufficient_quota` once one of the caps is reached.
 */
export async function startLiveMeter({ endpoints, maxUsd, maxCalls, gapMs }: MeterOptions): Promise<LiveMeter> {
  const spent = { calls: 0, usd: 0 };
  let free: Promise<unknown> = Promise.resolve();

  const relay = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, index = '', path = ''] = /^\/(\d+)(\/.*)$/.exec(request.url ?? '') ?? [];
    const endpoint = endpoints[Number(index)];
    if (endpoint === undefined || index === '') return void response.writeHead(404).end();
    const body = await readBody(request);
    free = free.then(() => after(gapMs));
    await free;
    if (spent.usd >= maxUsd) return refuse(response, `has spent its $${maxUsd.toFixed(2)} (LLMPROXY_LIVE_MAX_USD)`);
    if (spent.calls >= maxCalls) return refuse(response, `has made its ${maxCalls} calls (LLMPROXY_LIVE_MAX_CALLS)`);
    spent.calls += 1;
    const text = await forward(request, response, { url: joinUrl(endpoint.baseUrl, path), body });
    spent.usd += costOf(text, endpoint.price);
  };

  const server = createServer((request, response) => {
    relay(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    baseUrl: (index) => `http://127.0.0.1:${port}/${index}${versionOf(endpoints[index]?.baseUrl ?? '')}`,
    get calls() {
      return spent.calls;
    },
    get spentUsd() {
      return spent.usd;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What an answer cost, by the last usage in it: in the names of every family, JSON or stream. */
export function costOf(answer: string, price: MeteredEndpoint['price']): number {
  const tokens = (...names: string[]): number => {
    const found = names.flatMap((name) => [...answer.matchAll(new RegExp(`"${name}"\\s*:\\s*(\\d+)`, 'g'))]);
    return Number(found.at(-1)?.[1] ?? 0);
  };
  const input = tokens('prompt_tokens', 'input_tokens', 'promptTokenCount');
  // Gemini counts thoughts beside the answer.
  const output = tokens('completion_tokens', 'output_tokens', 'candidatesTokenCount') + tokens('thoughtsTokenCount');
  return (input * price.input + output * price.output) / 1_000_000;
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { url, body }: { readonly url: string; readonly body: Buffer },
): Promise<string> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (!HOP.has(name) && value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const left = new AbortController();
  response.once('close', () => left.abort());
  const method = request.method ?? 'GET';
  const answer = await fetch(url, { method, headers, body: body.length === 0 ? null : body, signal: left.signal });
  response.writeHead(
    answer.status,
    [...answer.headers].filter(([name]) => !ANSWER_HOP.has(name)),
  );
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    response.write(chunk);
  }
  response.end();
  return text;
}

function refuse(response: ServerResponse, why: string): void {
  const message = `The live run ${why}; nothing more is sent.`;
  const error = { message, type: 'insufficient_quota', param: null, code: 'insufficient_quota' };
  response.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
}

const VERSION = /\/v\d+(?:alpha|beta)?\/*$/;

/** `/v1`, `/v1beta`, or nothing: then the client of the relay adds its own. */
function versionOf(baseUrl: string): string {
  return VERSION.exec(baseUrl)?.[0].replace(/\/+$/, '') ?? '';
}

function joinUrl(baseUrl: string, path: string): string {
  return `${baseUrl.replace(VERSION, '').replace(/\/+$/, '')}${path}`;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
