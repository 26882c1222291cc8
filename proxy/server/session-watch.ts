import type { CancelTimer, TimerClock } from '../core/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { SessionMeter } from '../pipeline/transport.ts';
import { answerUsage } from '../protocols/answer-usage.ts';
import type { TokenUsage } from '../protocols/types.ts';
import type { Endpoint } from '../routing/types.ts';
import { parseObject } from '../wire/json-object.ts';
import { TextMessages } from '../wire/websocket-texts.ts';

/** Milliseconds after which a session is asked again whether it may go on. */
const CHECK_MS = 30_000;

/** Parts of the types of the events that are read. All others are passed on unparsed. */
const SIGNS = ['"response.done"', '"response.completed"', '_transcription.completed"', '"session.'];

export interface SessionWatchOptions {
  readonly meter: SessionMeter;
  readonly endpoint: Endpoint;
  readonly clock: TimerClock;
  /** Ends the session for this reason. */
  readonly stop: (reason: string) => void;
  /** Is told of an error of the proxy's own: the session goes on without being read. */
  readonly fault: (error: unknown) => void;
}

/**
 * Reads the events of a realtime session beside its connection: what each answer and each transcript is billed. Whether the caller
 * may go on is asked at each of them, and every 30 seconds.
 */
export class SessionWatch {
  /** Is told of the endpoint's frames. */
  readonly frames = new TextMessages((text) => this.#guarded(() => this.#take(text)));
  readonly #options: SessionWatchOptions;
  #stopTimer: CancelTimer | undefined;
  #model: string | undefined;
  #transcribes: string | undefined;
  #over = false;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
    this.#wait();
  }

  /** The session is over. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer?.();
    if (this.frames.skipped > 0) this.#options.meter.unread(this.frames.skipped);
  }

  #wait(): void {
    this.#stopTimer = this.#options.clock.after(CHECK_MS, () => {
      this.#guarded(() => this.#check());
      if (!this.#over) this.#wait();
    });
  }

  /** What goes wrong here must not end the connection. */
  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#options.fault(error);
    }
  }

  #take(text: Buffer): void {
    if (this.#over || !SIGNS.some((sign) => text.includes(sign))) return;
    const event = parseObject(text.toString());
    const type = event?.['type'];
    if (event === undefined || typeof type !== 'string') return;
    if (type === 'session.created' || type === 'session.updated') this.#learn(event['session']);
    else if (type === 'response.done' || type === 'response.completed') this.#bill(answerUsage(event), this.#answers);
    else if (type.endsWith('input_audio_transcription.completed')) {
      // What transcribes is never the model of the conversation; a session that does not say which it is has no price for it.
      this.#bill(answerUsage({ usage: event['usage'] ?? null }), this.#transcribes ?? '');
    }
  }

  /** The model of the session, where the request has named none. */
  get #answers(): string | undefined {
    return this.#options.meter.model === undefined ? this.#model : undefined;
  }

  #learn(session: Json | undefined): void {
    const { model, audio } = objectOf(session);
    const transcription = objectOf(objectOf(objectOf(audio)['input'])['transcription']);
    if (typeof model === 'string') this.#model = model;
    if (typeof transcription['model'] === 'string') this.#transcribes = transcription['model'];
  }

  #bill(usage: TokenUsage | undefined, model: string | undefined): void {
    // An answer that was cut off, or failed, before it cost anything says nothing.
    if (usage === undefined) return;
    const { endpoint, meter } = this.#options;
    const call = { endpoint, outcome: 'ok', usage, estimated: false, billed: true } as const;
    meter.bill(model === undefined ? call : { ...call, model });
    this.#check();
  }

  #check(): void {
    const { meter, endpoint } = this.#options;
    const reason = meter.stopReason(endpoint);
    if (reason instanceof Promise) void reason.then((late) => this.#stop(late));
    else this.#stop(reason);
  }

  #stop(reason: string | undefined): void {
    if (reason !== undefined && !this.#over) this.#options.stop(reason);
  }
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
