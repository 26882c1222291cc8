import type { TimerClock } from '../core/clock.ts';
import type { UpstreamClient } from '../upstream/client.ts';
import { decoded } from '../upstream/decode.ts';
import { PriceFault } from './price-list.ts';

/** Milliseconds for the whole answer. */
const TIMEOUT_MS = 10_000;
const MOST_BYTES = 8 * 1024 * 1024;
const OK = 200;
const HEADERS = ['accept-encoding', 'identity', 'accept', 'application/json', 'user-agent', 'llmproxy'];

export interface FetchTools {
  readonly clock: TimerClock;
  readonly upstream: Pick<UpstreamClient, 'send'>;
}

/**
 * The body of a table of prices: at most 8 MiB, within 10 seconds, with status 200. Redirects are not followed: the configuration alone names
 * the address. Rejects with PriceFault; `signal` ends it.
 */
export function fetchList(address: string, { clock, upstream }: FetchTools, signal: AbortSignal): Promise<Buffer> {
  const { origin, pathname, search } = new URL(address);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const over = (): void => {
      cancel();
      signal.removeEventListener('abort', aborted);
    };
    const stop = (reason: string): void => {
      over();
      reject(new PriceFault(reason));
      call.abort();
    };
    const aborted = (): void => stop('fetching was ended');
    const { handler, control } = decoded(
      {
        onHead: (status) => {
          if (status >= 300 && status < 400) stop(`the address answers with a redirect (status ${status})`);
          else if (status !== OK) stop(`the address answers with status ${status}`);
        },
        onData: (chunk) => {
          bytes += chunk.length;
          if (bytes > MOST_BYTES) stop(`the answer is larger than ${MOST_BYTES} bytes`);
          else chunks.push(chunk);
        },
        onEnd: () => {
          over();
          resolve(Buffer.concat(chunks));
        },
        onFailure: ({ reason }) => {
          over();
          reject(new PriceFault(`the address cannot be read: ${reason}`));
        },
      },
      () => true,
    );
    const cancel = clock.after(TIMEOUT_MS, () => stop(`no whole answer within ${TIMEOUT_MS} ms`));
    signal.addEventListener('abort', aborted, { once: true });
    const timeouts = { connectMs: TIMEOUT_MS, firstByteMs: TIMEOUT_MS, idleMs: TIMEOUT_MS };
    const request = { origin, path: `${pathname}${search}`, method: 'GET', headers: HEADERS, timeouts };
    const call = control(upstream.send(request, handler));
    if (signal.aborted) aborted();
  });
}
