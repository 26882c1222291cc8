import { ownRequest } from './own-request.ts';
import type { CancelTimer, TimerClock } from '../core/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';
import { providerOf } from '../providers/table.ts';
import type { Endpoint } from '../routing/types.ts';
import type { UpstreamClient } from '../upstream/client.ts';

export interface HealthCheckSettings {
  /** Path on the endpoint's host; undefined = the list of models of its API. */
  readonly path?: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Endpoints that are well are asked too. */
  readonly all: boolean;
}

export interface CheckedEndpoint {
  readonly endpoint: Endpoint;
  readonly settings: HealthCheckSettings;
  /** Begins a check; what it returns hears of the outcome. Undefined = there is nothing to find out now. */
  begin(): ((outcome: Outcome) => void) | undefined;
}

export interface HealthChecksOptions {
  readonly clock: TimerClock;
  readonly random: Random;
  readonly upstream: Pick<UpstreamClient, 'send'>;
}

/** Bytes of an error that are read. */
const MAX_BYTES = 64 * 1024;
/** Intervals differ by this share, so that replicas and endpoints do not ask in one moment. */
const JITTER = 0.1;

/** Asks endpoints now and then whether they are well, one request an endpoint at a time. */
export class HealthChecks {
  readonly #options: HealthChecksOptions;
  readonly #stops = new Set<() => void>();

  constructor(options: HealthChecksOptions) {
    this.#options = options;
  }

  /** Asks these endpoints from now on, and no others. */
  configure(endpoints: readonly CheckedEndpoint[]): void {
    this.close();
    for (const checked of endpoints) this.#stops.add(this.#repeat(checked));
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#stops.clear();
  }

  /** The returned function ends it. */
  #repeat(checked: CheckedEndpoint): () => void {
    const { clock, random } = this.#options;
    let stop: CancelTimer = () => undefined;
    let isOver = false;
    const wait = (): void => {
      if (isOver) return;
      const ms = checked.settings.intervalMs * (1 - JITTER + 2 * JITTER * random());
      stop = clock.after(ms, () => {
        const end = checked.begin();
        if (end === undefined) {
          wait();
          return;
        }
        const abort = this.#ask(checked, (outcome) => {
          end(outcome);
          wait();
        });
        stop = abort;
      });
    };
    wait();
    return () => {
      isOver = true;
      stop();
    };
  }

  /** `ended` is called once. The returned function ends the check, which then has found out nothing. */
  #ask({ endpoint, settings }: CheckedEndpoint, ended: (outcome: Outcome) => void): () => void {
    const { clock, upstream } = this.#options;
    const { path, timeoutMs } = settings;
    const provider = providerOf(endpoint);
    const view = { path: '/models', query: '', ...provider.listing?.view };
    const wanted = provider.request({ ...view, protocol: undefined, headers: {}, facts: undefined }, endpoint);
    let isOver = false;
    const finish = (outcome: Outcome): void => {
      if (isOver) return;
      isOver = true;
      stopTimer();
      call.abort();
      ended(outcome);
    };
    const reason = `no answer to the health check within ${timeoutMs} ms`;
    const stopTimer = clock.after(timeoutMs, () => finish({ kind: 'timeout_first_byte', reason }));
    let head: { readonly status: number; readonly headers: Parameters<typeof provider.classify>[0]['headers'] };
    const chunks: Buffer[] = [];
    let bytes = 0;
    const judge = (): void => {
      const answer = { ...head, body: Buffer.concat(chunks), callersCredential: false, now: clock.now() };
      finish(provider.classify(answer));
    };
    const call = upstream.send(ownRequest(endpoint, { ...wanted, path: path ?? wanted.path }, timeoutMs), {
      onHead: (status, headers) => {
        head = { status, headers };
        if (status >= 200 && status < 300) finish({ kind: 'ok', status });
      },
      onData: (chunk) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > MAX_BYTES) judge();
      },
      onEnd: judge,
      onFailure: ({ kind, reason: why }) => finish({ kind, reason: why }),
    });
    return () => finish({ kind: 'client_left' });
  }
}
