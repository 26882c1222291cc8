import type { IncomingHttpHeaders } from 'node:http';
import type { TimerClock } from '../../core/clock.ts';
import { newRequestId } from '../../core/ids.ts';
import type { UpstreamClient } from '../../upstream/client.ts';
import { decoded } from '../../upstream/decode.ts';
import { buildRequestHeaders } from '../../upstream/headers.ts';
import type { CheapestRequest } from './cheapest-request.ts';
import type { KeyTarget } from './key-target.ts';
import type { CallEnd } from './verdict.ts';
import { tlsOf } from '../../upstream/tls.ts';

/** Bytes of an answer that are read; one token is far less. */
const ANSWER_LIMIT = 256 * 1024;

export interface AskTools {
  readonly upstream: Pick<UpstreamClient, 'send'>;
  readonly clock: Pick<TimerClock, 'after'>;
}

/** One request to the target, at most `timeoutMs` long in all. No redirect is followed. Never rejects. */
export function askProvider(
  { upstream, clock }: AskTools,
  target: KeyTarget,
  { path, headers: own, body }: CheapestRequest,
  timeoutMs: number,
): Promise<CallEnd> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let head: { readonly status: number; readonly headers: IncomingHttpHeaders } | undefined;
    const finish = (end: CallEnd): void => {
      cancel();
      resolve(end);
    };
    const stop = (end: CallEnd): void => {
      finish(end);
      call.abort();
    };
    const { handler, control } = decoded(
      {
        onHead: (status, headers) => (head = { status, headers }),
        onData: (chunk) => {
          bytes += chunk.length;
          if (bytes <= ANSWER_LIMIT) chunks.push(chunk);
          // What is no completion says by its status alone what it is.
          else if (head) stop({ end: 'answered', ...head, body: Buffer.alloc(0) });
        },
        onEnd: () => {
          if (head) finish({ end: 'answered', ...head, body: Buffer.concat(chunks) });
        },
        onFailure: ({ kind }) => finish({ end: 'failed', outcome: kind }),
      },
      () => true,
    );
    const cancel = clock.after(timeoutMs, () => stop({ end: 'failed', outcome: 'timeout_answer' }));
    const headers = buildRequestHeaders({
      client: {},
      provider: own,
      extra: target.headers,
      requestId: newRequestId(),
      bodyBytes: body.length,
    });
    const { origin } = target;
    const asked = { origin, ...tlsOf(target), path, method: 'POST', headers, body, fresh: true };
    const timeouts = { connectMs: timeoutMs, firstByteMs: timeoutMs, idleMs: timeoutMs };
    const call = control(upstream.send({ ...asked, timeouts }, handler));
  });
}
