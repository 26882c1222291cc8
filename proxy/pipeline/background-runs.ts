import { ProxyError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { requestObject } from '../wire/json-object.ts';
import { spliceMembers } from '../wire/json-splice.ts';
import { ended, type Overlay, queued, type ResponseRecord } from '../responses-state/record.ts';
import type { ResponseStates } from '../responses-state/response-states.ts';
import { BackgroundRun } from './background-run.ts';
import { beginTrace } from './exchange-work.ts';
import { createContext, type RequestContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** Name of their exchanges in log and metrics. */
const OPERATION = 'responses.background';
/** Events repeat what the response says, most of it twice. */
const EVENTS_PER_ENTRY = 4;
/** Milliseconds between two looks at whether another replica has cancelled a response. */
const LOOK_MS = 2_000;

export interface RunsOptions {
  readonly states: ResponseStates;
  /** Runs at the same moment. */
  readonly most: number;
  /** Bytes of a kept response. */
  readonly maxEntry: number;
  /** Takes an exchange through the pipeline of its operation. */
  readonly start: (context: RequestContext, runtime: Runtime) => void | Promise<void>;
}

/** What a background response is made of. */
export interface RunSeed {
  readonly scope: string;
  readonly overlay: Overlay;
  readonly input: ResponseRecord['input'];
  readonly items: ResponseRecord['context'];
  readonly streams: boolean;
}

/** The responses that this process makes in the background. */
export class BackgroundRuns {
  readonly #options: RunsOptions;
  readonly #runs = new Map<string, BackgroundRun>();
  readonly #saving = new Set<Promise<unknown>>();

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  find(scope: string, id: string): BackgroundRun | undefined {
    return this.#runs.get(nameOf(scope, id));
  }

  /** Keeps the queued response and starts making it. Throws ProxyError `too_many_background_responses`. */
  async start(context: RequestContext, runtime: Runtime, seed: RunSeed): Promise<BackgroundRun> {
    const { most, maxEntry, states } = this.#options;
    if (this.#runs.size >= most) {
      const message = `${most} responses run in the background (responses.background). Try again later.`;
      throw new ProxyError('too_many_background_responses', message, { headers: { 'retry-after': '5' } });
    }
    const { scope, overlay, input, items, streams } = seed;
    const body = requestObject(context.request?.body ?? Buffer.from('{}'));
    const response = queued(body, overlay, Math.floor(runtime.clock.now() / 1_000));
    const record = { id: overlay.id, response, input, context: items, background: true };
    const name = nameOf(scope, overlay.id);
    const run = new BackgroundRun({
      record,
      overlay,
      streams,
      limit: maxEntry * EVENTS_PER_ENTRY,
      onChange: (changed, last) => this.#save(scope, name, changed, last, runtime),
    });
    this.#runs.set(name, run);
    try {
      if (!(await states.put(scope, record))) {
        throw new ProxyError('request_too_large', 'The input is larger than the proxy keeps (responses.max_entry).');
      }
    } catch (error) {
      this.#runs.delete(name);
      throw error;
    }
    this.#make(context, runtime, run);
    this.#look(scope, run, runtime);
    return run;
  }

  /** Waits for those that run, at most so long, then ends them as failed. Resolves to whether all had ended. */
  async drain(ms: number): Promise<boolean> {
    const until = Date.now() + ms;
    const pending = [...this.#runs.values()];
    for (const run of pending) await endOf(run, Math.max(0, until - Date.now()));
    const completed = this.#runs.size === 0 || pending.every(({ isOver }) => isOver);
    const error = { code: 'server_error', message: 'The proxy has shut down before the answer was complete.' };
    for (const run of this.#runs.values()) run.stop(ended(run.record.response, 'failed', error));
    await Promise.all(this.#saving);
    return completed;
  }

  /** The exchange that makes it: the client's own request as a stream, with the run in the client's place. */
  #make({ request, entry, head, protocol, writtenPath }: RequestContext, runtime: Runtime, run: BackgroundRun): void {
    if (!request || !entry) throw new Error('a background response starts after receive');
    const body = spliceMembers(request.body, entry.scan, [
      { op: 'remove', key: 'background' },
      { op: 'set', key: 'stream', value: 'true' },
    ]);
    const id = newRequestId();
    const startedAt = runtime.clock.monotonic();
    const context = createContext({
      id,
      operation: OPERATION,
      protocol,
      head,
      writtenPath,
      source: {
        collect: () => Promise.resolve([body]),
        inspect: () => Promise.reject(new Error('a background response is interpreted')),
      },
      responder: run,
      subject: undefined,
      startedAt,
      trace: beginTrace(runtime, startedAt, { id, operation: OPERATION, headers: head.headers }),
      cacheStatus: 'bypass',
      kept: { run },
    });
    void this.#options.start(context, runtime);
  }

  #save(scope: string, name: string, record: ResponseRecord, last: boolean, runtime: Runtime): void {
    const saving = this.#options.states
      .advance(scope, record)
      .catch((error: unknown) => runtime.telemetry.fault('a background response was not kept', record.id, error))
      .finally(() => {
        this.#saving.delete(saving);
        if (last) this.#runs.delete(name);
      });
    this.#saving.add(saving);
  }

  /** Another replica may have cancelled or deleted it. */
  #look(scope: string, run: BackgroundRun, runtime: Runtime): void {
    runtime.clock.after(LOOK_MS, () => {
      if (run.isOver) return;
      void this.#options.states.find(scope, run.overlay.id).then(
        (record) => {
          const status = record?.response['status'];
          const isUnwanted = record === undefined || status === 'cancelled';
          return isUnwanted ? run.stop(ended(run.record.response, 'cancelled')) : this.#look(scope, run, runtime);
        },
        () => this.#look(scope, run, runtime),
      );
    });
  }
}

function endOf(run: BackgroundRun, ms: number): Promise<void> {
  if (run.isOver || ms === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = run.watch(() => {
      if (!run.isOver) return;
      clearTimeout(timer);
      stop();
      resolve();
    });
  });
}

function nameOf(scope: string, id: string): string {
  return JSON.stringify([scope, id]);
}
