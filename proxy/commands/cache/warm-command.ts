import { parseDuration } from '../../core/duration.ts';
import { callerKey } from '../caller-key.ts';
import { targetOf } from '../control-plane.ts';
import { CommandFault, type CommandPlace, WRONG_OPTION, WrongOption } from '../place.ts';
import { cellText } from '../text-table.ts';
import type { WarmOptions } from './options.ts';
import { ProgressBar } from './progress.ts';
import { countsText, kindOf, type WarmCounts } from './warm-counts.ts';
import { requestsIn, type WarmRequest } from './warm-file.ts';

const MOST_AT_ONCE = 64;
/** Failures that are written out, and characters of each. */
const SHOWN_FAILURES = 10;
const SHOWN_CHARACTERS = 200;
/** Bytes of a refusal that are read. */
const MOST_ERROR_BYTES = 65_536;

export interface WarmPlace extends CommandPlace {
  /** The first interrupt of the person who called. */
  readonly signal: AbortSignal;
  /** Whether `err` is a terminal. */
  readonly isWatched: boolean;
}

interface Caller {
  readonly url: string;
  readonly key: string | undefined;
  readonly timeoutMs: number;
}

const EXIT = { done: 0, fault: 1, failures: 3, interrupted: 130 } as const;

/**
 * `llmproxy cache warm FILE`: sends the requests of a file to a running proxy, so that their answers are in its cache. Returns
 * the exit code: 0 every request was answered, 1 nothing was sent, 2 wrong option, 3 some failed, 130 interrupted.
 */
export async function runWarm(file: string, options: WarmOptions, place: WarmPlace): Promise<number> {
  try {
    return await warm(file, options, place);
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    place.err.write(`llmproxy cache warm: ${error.message}\n`);
    return error instanceof WrongOption ? WRONG_OPTION : EXIT.fault;
  }
}

async function warm(file: string, options: WarmOptions, place: WarmPlace): Promise<number> {
  const atOnce = concurrencyOf(options.concurrency);
  const caller = {
    url: targetOf(options, place).url,
    key: callerKey(options.key, place),
    timeoutMs: timeoutOf(options),
  };
  // Every line is looked at before the first is sent.
  let total = 0;
  for await (const _request of requestsIn(file, place.folder)) total += 1;
  if (total === 0) throw new CommandFault(`${file} has no requests.`);
  const run = new WarmRun(caller, place, total);
  const startedAt = performance.now();
  await run.send(requestsIn(file, place.folder), atOnce);
  const seconds = Number(((performance.now() - startedAt) / 1_000).toFixed(1));
  const { counts } = run;
  if (options.json === true) place.out.write(`${JSON.stringify({ requests: total, ...counts, seconds })}\n`);
  else place.out.write(`${total} ${total === 1 ? 'request' : 'requests'} in ${seconds} s: ${countsText(counts)}.\n`);
  if (place.signal.aborted) return EXIT.interrupted;
  return counts.failures === 0 ? EXIT.done : EXIT.failures;
}

/** The calls of one run, `atOnce` of them at a time. */
class WarmRun {
  readonly #caller: Caller;
  readonly #place: WarmPlace;
  readonly #bar: ProgressBar | undefined;
  readonly #counts = { hits: 0, misses: 0, uncached: 0, failures: 0 };

  constructor(caller: Caller, place: WarmPlace, total: number) {
    this.#caller = caller;
    this.#place = place;
    this.#bar = place.isWatched ? new ProgressBar(place.err, total, () => performance.now()) : undefined;
  }

  get counts(): WarmCounts {
    return this.#counts;
  }

  async send(requests: AsyncGenerator<WarmRequest>, atOnce: number): Promise<void> {
    const work = async (): Promise<void> => {
      while (!this.#place.signal.aborted) {
        const { value, done } = await requests.next();
        if (done === true) return;
        await this.#ask(value);
        this.#bar?.update(this.#counts);
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, work));
    } finally {
      this.#bar?.end();
      await requests.return(undefined);
    }
  }

  async #ask(request: WarmRequest): Promise<void> {
    const { url, key, timeoutMs } = this.#caller;
    try {
      const response = await fetch(`${url}${request.path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body: request.body,
        // The key is not carried to where an answer points.
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#place.signal]),
      });
      const refusal = await readAnswer(response);
      const kind = kindOf(response.status, response.headers.get('x-llmproxy-cache'));
      if (kind === 'failures') this.#failed(request, `${response.status} ${refusal}`);
      else this.#counts[kind] += 1;
    } catch (error) {
      if (this.#place.signal.aborted) return;
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      this.#failed(request, cause instanceof Error ? cause.message : String(cause));
    }
  }

  #failed({ line }: WarmRequest, why: string): void {
    this.#counts.failures += 1;
    if (this.#counts.failures > SHOWN_FAILURES) return;
    this.#bar?.end();
    this.#place.err.write(`line ${line}: ${cellText(why.slice(0, SHOWN_CHARACTERS))}\n`);
  }
}

/** Reads an answer to its end without keeping it; of a refusal what it says. */
async function readAnswer({ status, body }: Response): Promise<string> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (status !== 200 && bytes <= MOST_ERROR_BYTES) kept.push(chunk);
  }
  return status === 200 ? '' : messageIn(Buffer.concat(kept).toString());
}

/** The message of an error in the form of any family, else the text. */
function messageIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: string | { message?: string } };
    const message = typeof error === 'string' ? error : error?.message;
    if (typeof message === 'string') return message;
  } catch {
    // Not the proxy's own.
  }
  return text.trim();
}

function concurrencyOf(text = '4'): number {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > MOST_AT_ONCE)
    throw new WrongOption(`--concurrency is a number from 1 to ${MOST_AT_ONCE}.`);
  return number;
}

function timeoutOf({ timeout = '15m' }: WarmOptions): number {
  const ms = parseDuration(timeout);
  if (ms === undefined || ms <= 0 || ms > 86_400_000)
    throw new WrongOption('--timeout is a duration up to 1d, such as 2m.');
  return ms;
}
