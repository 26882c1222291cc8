import type { JsonObject } from '../core/json.ts';
import { readErrorBody } from '../providers/error-body.ts';
import { ended, type Overlay, type ResponseRecord } from '../responses-state/record.ts';
import type { FlatHeaders, Responder } from '../wire/http.ts';
import { splitEvents } from '../wire/sse.ts';
import { shownEvent } from './kept-event.ts';

export interface RunOptions {
  /** The queued response. */
  readonly record: ResponseRecord;
  readonly overlay: Overlay;
  /** The client asked for a stream: its events are kept, so that it can be resumed. */
  readonly streams: boolean;
  /** Bytes of events, at the most. */
  readonly limit: number;
  /** The response is in another state; `last` once. Never rejects. */
  onChange(record: ResponseRecord, last: boolean): void;
}

/** A response in the making that no client waits for: it takes the place of the client's side of its exchange. */
export class BackgroundRun implements Responder {
  readonly overlay: Overlay;
  readonly streams: boolean;
  readonly #options: RunOptions;
  readonly #events: Buffer[] = [];
  readonly #listeners = new Set<() => void>();
  #record: ResponseRecord;
  #bytes = 0;
  #status = 0;
  #body: Buffer[] = [];
  #over = false;
  #leave: () => void = () => undefined;

  constructor(options: RunOptions) {
    this.overlay = options.overlay;
    this.streams = options.streams;
    this.#options = options;
    this.#record = options.record;
  }

  /** As it is now. */
  get record(): ResponseRecord {
    return this.#record;
  }

  /** Events so far. */
  get events(): readonly Buffer[] {
    return this.#events;
  }

  get isOver(): boolean {
    return this.#over;
  }

  get headSent(): boolean {
    return this.#status > 0;
  }

  get closed(): boolean {
    return this.#over;
  }

  /** Calls `listener` at each new event and at the end. Returns the end of that. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  head(status: number, _headers: FlatHeaders): void {
    this.#status = status;
  }

  write(chunk: Buffer): boolean {
    if (this.#over) return true;
    if (this.#status === 200) for (const event of splitEvents(chunk)) this.#take(event);
    else this.#body.push(chunk);
    return true;
  }

  end(chunk?: Buffer): void {
    if (chunk) this.write(chunk);
    if (this.#status !== 200) this.#fail(readErrorBody(Buffer.concat(this.#body)));
    else this.#fail({ message: 'The answer ended before it was complete.' });
  }

  cut(): void {
    this.end();
  }

  drop(): void {
    this.end();
  }

  onDrain(): void {}

  onLeave(listener: () => void): void {
    this.#leave = listener;
  }

  /** Stops it: its endpoint is asked no longer. */
  stop(response: JsonObject): void {
    if (this.#over) return;
    this.#finish(response);
    this.#leave();
  }

  #take(event: Buffer): void {
    // A comment is no event.
    if (this.#over || event[0] === 0x3a) return;
    const { bytes, ended: response, error } = shownEvent(event, this.overlay);
    this.#bytes += bytes.length;
    if (error) this.#fail(readErrorBody(Buffer.from(JSON.stringify(error))));
    else if (this.#bytes > this.#options.limit) this.#tooLarge();
    else {
      if (this.streams) this.#events.push(bytes);
      if (response) this.#finish(response);
      else {
        if (this.#record.response['status'] === 'queued') this.#began();
        this.#notify();
      }
    }
  }

  #began(): void {
    this.#record = { ...this.#record, response: { ...this.#record.response, status: 'in_progress' } };
    this.#options.onChange(this.#record, false);
  }

  #tooLarge(): void {
    const message = 'The answer is larger than the proxy keeps (responses.max_entry).';
    this.stop(ended(this.#record.response, 'failed', { code: 'server_error', message }));
  }

  #fail({ message, code }: { readonly message: string; readonly code?: string }): void {
    const error = { code: code ?? 'server_error', message };
    this.#finish(ended(this.#record.response, 'failed', error));
  }

  #finish(response: JsonObject): void {
    if (this.#over) return;
    this.#over = true;
    const events = this.streams ? { events: this.#events.map((event) => event.toString('utf8')) } : {};
    this.#record = { ...this.#record, response, ...events };
    this.#options.onChange(this.#record, true);
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
