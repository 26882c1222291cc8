import type { Request, Response } from 'express';
import { setTimeout as after } from 'node:timers/promises';
import { ProxyError } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';

/** Pages that may listen at a time. */
const MOST_STREAMS = 32;
/** Without news a comment goes out after so many turns. */
const QUIET_TURNS = 15;

export interface EventStreamOptions {
  /** Milliseconds between two looks for news. */
  readonly everyMs: number;
  /** What is to be sent now, if anything. */
  readonly next: () => Json | undefined | Promise<Json | undefined>;
  /** Streams end when the proxy does. */
  readonly isEnding: () => boolean;
}

/** Server-sent events for pages of the dashboard: each looks for news by itself, at its own pace, so a page that does not read holds nothing. */
export class EventStreams {
  #open = 0;

  /** Answers with events until the page leaves or the proxy ends. Throws ProxyError `too_many_streams`. */
  async serve(request: Request, response: Response, options: EventStreamOptions): Promise<void> {
    if (this.#open >= MOST_STREAMS) {
      throw new ProxyError('too_many_streams', `${MOST_STREAMS} pages of the dashboard listen already. Close one.`);
    }
    this.#open += 1;
    const left = new AbortController();
    response.once('close', () => left.abort());
    try {
      response.status(200).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }).flushHeaders();
      await run(response, options, left.signal);
    } finally {
      this.#open -= 1;
      response.end();
    }
  }
}

async function run(response: Response, options: EventStreamOptions, left: AbortSignal): Promise<void> {
  let quiet = 0;
  while (!left.aborted && !options.isEnding()) {
    const news = await options.next();
    quiet = news === undefined ? quiet + 1 : 0;
    const text = news === undefined ? undefined : `data: ${JSON.stringify(news)}\n\n`;
    if (text !== undefined || quiet >= QUIET_TURNS) {
      quiet = 0;
      const isFull = !response.write(text ?? ': quiet\n\n');
      if (isFull) await drained(response, left);
    }
    await after(options.everyMs, undefined, { signal: left, ref: false }).catch(() => undefined);
  }
}

/** Resolves when the page has read, or has left. */
function drained(response: Response, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (left.aborted) resolve();
    response.once('drain', resolve);
    left.addEventListener('abort', () => resolve(), { once: true });
  });
}
