import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** An answer as it came over the wire, and how it ended. */
export interface Answer {
  /** 0 when no head came. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `whole`: the framing says that everything came. */
  readonly ended: 'whole' | 'broken' | 'timeout';
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE' | undefined;
  /** Below the base URL: `/chat/completions`. */
  readonly path: string;
  /** Texts are sent as they are, everything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The client leaves as soon as this many bytes of the body have come. */
  readonly leaveAfterBytes?: number | undefined;
}

export interface Target {
  /** With `/v1`. */
  readonly baseURL: string;
  readonly key: string | undefined;
  readonly timeoutMs: number;
}

/** One request on a connection of its own. Never rejects: what went wrong is part of the answer. */
export async function call(
  target: Target,
  { method = 'POST', path, body, headers, leaveAfterBytes }: Call,
): Promise<Answer> {
  const url = new URL(`${target.baseURL}${path}`);
  const payload = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const own: Record<string, string> = {
    ...(payload && { 'content-type': 'application/json', 'content-length': String(payload.length) }),
    ...(target.key !== undefined && { authorization: `Bearer ${target.key}` }),
    ...headers,
  };
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const chunks: Buffer[] = [];
  let head: Pick<Answer, 'status' | 'headers'> = { status: 0, headers: {} };
  let length = 0;
  const done = (ended: Answer['ended']): void => {
    clearTimeout(timer);
    resolve({ ...head, body: Buffer.concat(chunks), ended });
    request.destroy();
  };
  const request = send(url, { method, headers: own, agent: false }, (response) => {
    const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
    head = { status: response.statusCode ?? 0, headers: Object.fromEntries(flat) };
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (leaveAfterBytes !== undefined && length >= leaveAfterBytes) done('broken');
    });
    response.on('error', () => undefined);
    response.on('close', () => done(response.complete ? 'whole' : 'broken'));
  });
  const timer = setTimeout(() => done('timeout'), target.timeoutMs);
  request.on('error', () => done('broken'));
  request.end(payload);
  return promise;
}

/** The JSON of an answer, `undefined` when it is none. */
export function jsonOf({ body }: Pick<Answer, 'body'>): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}
