import { once } from 'node:events';
import type { Request, Response } from 'express';
import { setTimeout as after } from 'node:timers/promises';
import { ProxyError } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';

/** Pages that may listen at a time. */
const MOST_STREAMS = 32;
/** Without news a comment goes out after so many turns. */
const QUIET_TURNS = 15;

export interface EventStreamsOptions {
  /** Aborted when the proxy is about to end: an open page must not hold it up. */
  readonly ending: AbortSignal;
  /** Whether the one that listens still may: its session may be over, or the admin token another one. */
  readonly allows: (request: Request) => boolean;
}

export interface EventStreamOptions {
  /** Milliseconds between two looks for news. */
  readonly everyMs: number;
  /** What is to be sent now, if anything. */
  readonly next: () => Json | undefined | Promise<Json | undefined>;
}

/** Server-sent events for pages of the dashboard: each looks for news by itself, at its own pace, so a page that does not read holds nothing. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  #open = 0;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** Answers with events until the page leaves, its right ends or the proxy does. Throws ProxyError `too_many_streams`. */
  async serve(request: Request, response: Response, options: EventStreamOptions): Promise<void> {
    if (this.#open >= MOST_STREAMS) {
      throw new ProxyError('too_many_streams', `${MOST_STREAMS} pages of the dashboard listen already. Close one.`);
    }
    this.#open += 1;
    const over = new AbortController();
    const end = (): void => over.abort();
    const { ending, allows } = this.#options;
    response.once('close', end);
    ending.addEventListener('abort', end, { once: true });
    // A proxy that ends takes no request more from this connection.
    if (ending.aborted || request.method === 'HEAD') end();
    try {
      response.status(200).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }).flushHeaders();
      await run(response, options, over.signal, () => allows(request));
    } catch (error) {
      // The status has been sent: what is left is to break off, and the page connects again.
      response.destroy();
      throw error;
    } finally {
      ending.removeEventListener('abort', end);
      this.#open -= 1;
      // What a page has not read keeps the answer open for as long as the connection stands.
      if (response.writableNeedDrain) response.destroy();
      else response.end();
    }
  }
}

async function run(
  response: Response,
  { everyMs, next }: EventStreamOptions,
  over: AbortSignal,
  allowed: () => boolean,
): Promise<void> {
  let quiet = 0;
  while (!over.aborted && allowed()) {
    const news = await next();
    quiet = news === undefined ? quiet + 1 : 0;
    const text = news === undefined ? undefined : `data: ${JSON.stringify(news)}\n\n`;
    if (text !== undefined || quiet >= QUIET_TURNS) {
      quiet = 0;
      const isFull = !response.write(text ?? ': quiet\n\n');
      if (isFull) await drained(response, over);
    }
    await after(everyMs, undefined, { signal: over, ref: false }).catch(() => undefined);
  }
}

/** Resolves when the page has read, or the stream is over. */
async function drained(response: Response, over: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal: over }).catch(() => undefined);
}
