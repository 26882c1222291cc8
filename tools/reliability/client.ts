import { request, type IncomingHttpHeaders } from 'node:http';

/** How an exchange ended: the answer came whole, it was cut, the client left by intention, or its patience was over. */
type Ending = 'whole' | 'cut' | 'left' | 'hang';

/** One request as its client saw it. */
export interface Exchange {
  /** 0 when no head came. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly ending: Ending;
  readonly tookMs: number;
}

export interface Question {
  readonly url: string;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly patienceMs: number;
  /** The client leaves with a reset, a moment after this text has come. */
  readonly leaveAt?: string;
}

const MOMENT_MS = 100;

/** Sends one request on a connection of its own; never rejects. */
export function exchange({ url, body, headers = {}, patienceMs, leaveAt }: Question): Promise<Exchange> {
  const began = performance.now();
  const payload = Buffer.from(JSON.stringify(body));
  const length = { 'content-type': 'application/json', 'content-length': String(payload.length) };
  return new Promise((resolve) => {
    let [status, seen]: [number, IncomingHttpHeaders] = [0, {}];
    const chunks: Buffer[] = [];
    let leaving: NodeJS.Timeout | undefined;
    const call = request(url, { method: 'POST', headers: { ...length, ...headers }, agent: false });
    const end = (ending: Ending): void => {
      clearTimeout(timer);
      clearTimeout(leaving);
      call.destroy();
      const text = Buffer.concat(chunks).toString();
      resolve({ status, headers: seen, body: text, ending, tookMs: performance.now() - began });
    };
    const timer = setTimeout(() => end('hang'), patienceMs);
    call.on('error', () => end('cut'));
    call.on('response', (response) => {
      [status, seen] = [response.statusCode ?? 0, response.headers];
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (leaveAt === undefined || !Buffer.concat(chunks).includes(leaveAt)) return;
        leaving ??= setTimeout(() => {
          response.socket.resetAndDestroy();
          end('left');
        }, MOMENT_MS);
      });
      response.on('error', () => undefined);
      response.on('close', () => end(response.complete ? 'whole' : 'cut'));
    });
    call.end(payload);
  });
}
