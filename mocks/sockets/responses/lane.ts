import type { StoredResponse } from '../../dialects/reply.ts';
import type { Body } from '../../dialects/validate.ts';
import { Player } from '../player.ts';
import type { Step } from '../host.ts';
import { errorFrame, withStream } from './errors.ts';
import type { CreatedResponse } from './host.ts';

/** What a lane needs of its session. */
export interface LaneParts {
  /** The `stream_id`, if its requests have one. */
  readonly streamId: string | undefined;
  readonly create: (body: Body, unstored: (response: StoredResponse) => void) => CreatedResponse;
  readonly clock: ConstructorParameters<typeof Player>[0]['clock'];
  readonly fail: (error: unknown) => void;
  /** Called when a response is over: another lane may begin. */
  readonly free: () => void;
  /** A response has begun, and is over. */
  readonly steers: {
    begun(id: string, lane: Lane): void;
    /** What is to be asked next without the client asking. */
    ended(id: string, items: readonly Body[]): Body | undefined;
    /** Steering that waits for this request. */
    joined(body: Body): Body;
  };
}

/** Requests of one `stream_id`, one after the other. */
export class Lane {
  readonly #parts: LaneParts;
  readonly #waiting: Body[] = [];
  #player: Player | undefined;
  #newest: StoredResponse | undefined;
  #unstored: StoredResponse | undefined;
  #responseId: string | undefined;
  #items: Body[] = [];
  #sequence = 0;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  get streamId(): string | undefined {
    return this.#parts.streamId;
  }

  get busy(): boolean {
    return this.#player !== undefined;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** The latest response of the lane that is not stored. */
  get newest(): StoredResponse | undefined {
    return this.#newest;
  }

  /** Number of the next event of the response that is under way. */
  get sequence(): number {
    return this.#sequence;
  }

  push(body: Body): void {
    this.#waiting.push(body);
  }

  stop(): void {
    this.#player?.stop();
    this.#waiting.length = 0;
  }

  /** Begins the next request; the answer is sent as its pace says. */
  begin(send: (text: string) => void): void {
    const body = this.#waiting.shift();
    if (body === undefined) return;
    this.#unstored = undefined;
    this.#items = [];
    this.#sequence = 0;
    this.#responseId = undefined;
    const { create, clock, fail, steers } = this.#parts;
    const { turn, failure, steps } = create(steers.joined(body), (response) => {
      this.#unstored = response;
    });
    if (failure !== undefined) {
      // What went wrong is not gone on from.
      this.#newest = undefined;
      send(errorFrame(failure, this.streamId));
      turn.end(true);
      this.#parts.free();
      return;
    }
    const done = (): void => {
      turn.end(true);
      this.#ended();
    };
    this.#player = new Player({ steps: this.#frames(steps), turn, clock, done, fail });
    this.#player.start();
  }

  *#frames(steps: Iterable<Step>): Generator<Step> {
    for (const step of steps) {
      const event = parsed(step.text);
      if (event === undefined) {
        yield step;
        continue;
      }
      this.#look(event);
      const text = this.streamId === undefined ? step.text : JSON.stringify({ ...event, ...withStream(this.streamId) });
      yield { ...step, text };
    }
  }

  #look(event: Body): void {
    this.#sequence += 1;
    const response = event['response'] as Body | undefined;
    const id = response?.['id'];
    if (this.#responseId === undefined && typeof id === 'string') {
      this.#responseId = id;
      this.#parts.steers.begun(id, this);
    }
    if (event['type'] === 'response.output_item.done') this.#items.push(event['item'] as Body);
  }

  #ended(): void {
    this.#player = undefined;
    this.#newest = this.#unstored;
    const { steers, free } = this.#parts;
    const next = this.#responseId === undefined ? undefined : steers.ended(this.#responseId, this.#items);
    if (next !== undefined) this.#waiting.unshift(next);
    free();
  }
}

function parsed(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Body) : undefined;
  } catch {
    return undefined;
  }
}
