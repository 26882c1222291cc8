/** A request with one place that is different in each: `marker` digits at `offset` of the bytes. */
export interface RequestShape {
  /** The whole HTTP request, base64. */
  readonly bytes: string;
  /** Where a running number of twelve digits is written, or -1 when all requests are equal. */
  readonly offset: number;
}

export interface LoopJob {
  readonly kind: 'loop';
  readonly port: number;
  readonly request: RequestShape;
  readonly connections: number;
  readonly total: number;
  /** Requests a second. Without it each connection sends its next request when the answer to the last one is complete. */
  readonly rate?: number;
  /** The first number of the requests; default: one that was never sent. */
  readonly from?: number;
  /** What every answer ends with, white space aside. Without it, all have to be as long as the first. */
  readonly ending?: string;
}

/** Opens streams and keeps them open once their first byte of body is there. */
export interface HoldJob {
  readonly kind: 'hold';
  readonly port: number;
  readonly request: RequestShape;
  readonly count: number;
}

/** Sends one request and reads nothing of its answer. */
export interface UnreadJob {
  readonly kind: 'unread';
  readonly port: number;
  readonly request: RequestShape;
}

/** Destroys what `hold` and `unread` opened. */
export interface ReleaseJob {
  readonly kind: 'release';
}

/** One request; its body comes back. */
export interface FetchJob {
  readonly kind: 'fetch';
  readonly port: number;
  readonly request: RequestShape;
}

export type Job = LoopJob | HoldJob | UnreadJob | ReleaseJob | FetchJob;

export interface LoopResult {
  readonly done: number;
  /** Connections that broke, answers that were not 200, bodies of another length than the first or without their ending. */
  readonly errors: number;
  /** Of the first body. */
  readonly bodyBytes: number;
  readonly seconds: number;
  /** µs from the request to the first byte of the body, and to the last. */
  readonly first: Percentiles;
  readonly last: Percentiles;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface FetchResult {
  readonly status: number;
  /** base64 */
  readonly body: string;
}

/** In the payload of a unique request: where its number goes. */
export const MARKER = '@@@@@@@@@@@@';

export interface ChatOptions {
  readonly model: string;
  /** Of the body, about. */
  readonly bytes: number;
  readonly stream: boolean;
  readonly unique: boolean;
  readonly upstream: string;
  readonly path?: string;
  /** API that the client speaks; default: chat completions. */
  readonly client?: 'chat' | 'messages';
  /** Of the client. */
  readonly key?: string | undefined;
}

const CLIENT_KEY = 'sk-bench';
const SYSTEM = 'You are a helpful assistant.';

/** A request of a conversation for `model` of about `bytes` bytes; unique in each call when `unique`. */
export function chatRequest(options: ChatOptions): RequestShape {
  const words = 'The quick brown fox jumps over the lazy dog and writes a letter home. ';
  const asked = (content: string): object => ({
    role: 'user',
    content: `${options.unique ? MARKER : 'the same always'} ${content}`,
  });
  const body = (content: string): string =>
    JSON.stringify({
      model: options.model,
      ...(options.client === 'messages'
        ? { max_tokens: 1_000, system: SYSTEM, messages: [asked(content)] }
        : { messages: [{ role: 'system', content: SYSTEM }, asked(content)] }),
      temperature: 0,
      ...(options.stream ? { stream: true } : {}),
    });
  const text = words
    .repeat(Math.ceil(options.bytes / words.length))
    .slice(0, Math.max(0, options.bytes - body('').length));
  const { path = '/v1/chat/completions', key = CLIENT_KEY } = options;
  return requestShape(path, body(text), [
    `authorization: Bearer ${key}`,
    'x-portkey-provider: openai',
    // Portkey is told its upstream this way; the others get the same bytes.
    `x-portkey-custom-host: ${options.upstream}`,
    ...(options.client === 'messages' ? [`x-api-key: ${CLIENT_KEY}`, 'anthropic-version: 2023-06-01'] : []),
  ]);
}

/** A GET, of which all are equal. */
export function getRequest(path: string): RequestShape {
  const bytes = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  return { bytes: bytes.toString('base64'), offset: -1 };
}

/** A POST of JSON as the official client sends it; unique in each call when the payload holds the marker. */
export function requestShape(path: string, payload: string, headers: readonly string[] = []): RequestShape {
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    'accept: application/json',
    'user-agent: OpenAI/JS 7.55.0',
    ...headers,
    `content-length: ${Buffer.byteLength(payload)}`,
  ];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${payload}`);
  return { bytes: bytes.toString('base64'), offset: bytes.indexOf(MARKER) };
}
