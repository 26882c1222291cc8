import { unsupportedChoice } from '../../refusals/sentences.ts';
import type { StoredResponse } from '../../dialects/reply.ts';
import type { Body } from '../../dialects/validate.ts';
import { objectOf } from '../frame.ts';
import type { SocketProtocol } from '../host.ts';
import { badFrame, errorFrame } from './errors.ts';
import type { ResponsesHost } from './host.ts';
import { Lane } from './lane.ts';
import { Steering } from './steer.ts';

const LONGEST_MS = 60 * 60 * 1000;
const STREAM_ID = /^[A-Za-z0-9_.-]{1,256}$/;
const MOST_LANES = 32;
const MOST_AT_ONCE = 16;
const EXPIRED =
  'Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.';

/** Responses over one WebSocket: many a connection, those of different `stream_id`s at once. */
export class ResponsesSession implements SocketProtocol {
  readonly #host: ResponsesHost;
  readonly #lanes = new Map<string | undefined, Lane>();
  readonly #steering: Steering;
  #expiry: (() => void) | undefined;

  constructor(host: ResponsesHost) {
    this.#host = host;
    this.#steering = new Steering((event) => host.send(JSON.stringify(event)), host.context().random);
  }

  open(): void {
    const { clock } = this.#host;
    this.#expiry = clock.after(LONGEST_MS, () => {
      this.#refuse(EXPIRED, 'websocket_connection_limit_reached');
      this.#host.close(1001, EXPIRED.slice(0, EXPIRED.indexOf('.')));
    });
  }

  closed(): void {
    this.#expiry?.();
    for (const lane of this.#lanes.values()) lane.stop();
  }

  receive(frame: string | Buffer): void {
    const event = objectOf(frame);
    if (!event) this.#refuse('We could not parse the JSON body of your message.', 'invalid_json');
    else if (event['type'] === 'response.create') this.#create(event);
    else if (event['type'] === 'response.steer') this.#steering.steer(event);
    else {
      const { message } = unsupportedChoice('type', String(event['type']), ['response.create', 'response.steer']);
      this.#refuse(message, 'invalid_value', 'type');
    }
  }

  #refuse(message: string, code: string, param: string | null = null, streamId?: string): void {
    this.#host.send(errorFrame(badFrame(message, code, param), streamId));
  }

  #create(event: Body): void {
    const { type: _type, stream_id: id, ...body } = event;
    if (id !== undefined && (typeof id !== 'string' || !STREAM_ID.test(id))) {
      const message = "Invalid 'stream_id': expected 1 to 256 characters of letters, digits, '_', '.' and '-'.";
      this.#refuse(message, 'invalid_stream_id', 'stream_id');
      return;
    }
    if (body['background'] === true) {
      this.#refuse("'background' is not supported over WebSocket.", 'unsupported_parameter', 'background', id);
      return;
    }
    if (!this.#lanes.has(id) && this.#lanes.size >= MOST_LANES) {
      const message = `Responses websocket stream limit reached (${MOST_LANES} streams).`;
      this.#refuse(message, 'websocket_stream_limit_reached', 'stream_id', id);
      return;
    }
    this.#lane(id).push(body);
    this.#next();
  }

  #lane(streamId: string | undefined): Lane {
    const known = this.#lanes.get(streamId);
    if (known !== undefined) return known;
    let asked: Body = {};
    const lane = new Lane({
      streamId,
      clock: this.#host.clock,
      fail: (error) => this.#host.fail(error),
      free: () => this.#next(),
      create: (body, unstored) => {
        asked = body;
        return this.#host.create(body, (id) => this.#known(id), unstored);
      },
      steers: {
        begun: (id, own) => this.#steering.begun(id, own, asked),
        ended: (id, items) => this.#steering.ended(id, items),
        joined: (body) => this.#steering.joined(body),
      },
    });
    this.#lanes.set(streamId, lane);
    return lane;
  }

  /** The newest response of any lane that is not stored. */
  #known(id: string): StoredResponse | undefined {
    return [...this.#lanes.values()].map(({ newest }) => newest).find((response) => response?.id === id);
  }

  /** Begins what may begin: so many responses at once, one a lane. */
  #next(): void {
    for (const lane of this.#lanes.values()) {
      const busy = [...this.#lanes.values()].filter((one) => one.busy).length;
      if (busy >= MOST_AT_ONCE) return;
      while (!lane.busy && lane.waiting) lane.begin((text) => this.#host.send(text));
    }
  }
}
