import type { TimerClock } from '../../core/clock.ts';
import { newRequestId } from '../../core/ids.ts';
import { providerOf } from '../../providers/table.ts';
import type { Endpoint } from '../../routing/types.ts';
import type { UpstreamClient } from '../../upstream/client.ts';
import { decoded } from '../../upstream/decode.ts';
import { buildRequestHeaders } from '../../upstream/headers.ts';
import type { BatchApi } from '../../usage/batches/types.ts';
import { tlsOf } from '../../upstream/tls.ts';

/** `whole`: all of the answer was given out · `cut`: its reader wanted no more · `gone`: it is not there, and will not be · `away`: to be asked again. */
export type Reply = 'whole' | 'cut' | 'gone' | 'away';

export interface Question {
  readonly api: BatchApi;
  /** Below the base URL. */
  readonly path: string;
  /** Gets the body of a good answer; false = no more of it. */
  readonly read: (chunk: Buffer) => boolean;
}

/** Asks an endpoint at its configured address, with its configured credential. Never rejects. */
export type Ask = (endpoint: Endpoint, question: Question) => Promise<Reply>;

const TIMEOUTS = { connectMs: 5_000, firstByteMs: 30_000, idleMs: 30_000 };
const WHOLE_MS = 600_000;
const GONE: ReadonlySet<number> = new Set([400, 404, 405, 410]);

export function askerOf(upstream: Pick<UpstreamClient, 'send'>, clock: Pick<TimerClock, 'after'>): Ask {
  return (endpoint, { api, path, read }) =>
    new Promise((resolve) => {
      const view = { protocol: undefined, family: api, path, query: '', headers: {}, facts: undefined };
      const wanted = providerOf(endpoint).request(view, endpoint);
      let isGood = false;
      const stop = (reply: Reply): void => {
        cancel();
        resolve(reply);
        call.abort();
      };
      const { handler, control } = decoded(
        {
          onHead: (status) => {
            if (status === 200) isGood = true;
            else stop(GONE.has(status) ? 'gone' : 'away');
          },
          onData: (chunk) => {
            if (isGood && !read(chunk)) stop('cut');
          },
          onEnd: () => {
            cancel();
            resolve('whole');
          },
          onFailure: () => {
            cancel();
            resolve('away');
          },
        },
        (status) => status === 200,
      );
      const cancel = clock.after(WHOLE_MS, () => stop('away'));
      const headers = buildRequestHeaders({
        client: {},
        provider: wanted.headers,
        extra: endpoint.headers,
        requestId: newRequestId(),
        bodyBytes: undefined,
      });
      const { origin } = endpoint;
      const asked = { origin, ...tlsOf(endpoint), path: wanted.path, method: 'GET', headers };
      const call = control(upstream.send({ ...asked, timeouts: TIMEOUTS }, handler));
    });
}
