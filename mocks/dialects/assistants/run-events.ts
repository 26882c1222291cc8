import { json } from '../json.ts';
import type { StreamEvent } from '../reply.ts';
import type { Body } from '../validate.ts';

/** Told of every change of a run, in order, as the stream of a run tells it. */
export type Emit = (event: string, data: Body, kind?: StreamEvent['kind']) => void;

/** For runs without a stream. */
export const silent: Emit = () => {};

/** Collects the events of a run that is streamed. */
export class RunEvents {
  readonly #events: StreamEvent[] = [];

  readonly emit: Emit = (event, data, kind = 'open') => {
    this.#events.push({ bytes: `event: ${event}\ndata: ${json(data)}\n\n`, kind, tokens: kind === 'content' ? 1 : 0 });
  };

  /** All of them, with the event that ends the stream. */
  finished(): readonly StreamEvent[] {
    return [...this.#events, { bytes: 'event: done\ndata: [DONE]\n\n', kind: 'close', tokens: 0 }];
  }
}
