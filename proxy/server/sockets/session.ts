import { WebSocket } from 'ws';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ErrorFields } from '../../protocols/types.ts';
import { withoutOwnSecrets } from '../../generation/own-secrets.ts';
import type { Endpoint } from '../../routing/types.ts';
import type { SocketWay } from '../../pipeline/socket-way.ts';
import type { ResponseRecord } from '../../responses-state/record.ts';
import type { Responder } from '../../wire/http.ts';
import { parseObject } from '../../wire/json-object.ts';
import { type EndpointSocket, type EndpointSocketEvents, openEndpointSocket, type Opening } from './endpoint-socket.ts';
import { errorFrame } from './error-frame.ts';
import { type ExchangePlace, FrameExchange } from './frame-exchange.ts';
import { type FrameHead, frameHead } from './frame-head.ts';
import { shownEvent } from './own-key-event.ts';
import { SlowReader } from './slow-reader.ts';

/** The provider's own limit of lanes of one connection. */
const MOST_LANES = 32;
/** Requests that wait for their lane; beyond it nothing more is read from the client. */
const MOST_WAITING = 32;
/** Responses whose endpoint is remembered for requests that go on from them. */
const MOST_RESPONSES = 1_024;
/** Milliseconds in which the other side may answer a close frame. */
const CLOSE_GRACE_MS = 1_000;
const GOING_AWAY = 1001;
const NO_STATUS = 1005;
const INTERNAL_ERROR = 1011;
const STOPPING = 'the proxy is shutting down';
/** Milliseconds that a socket lives, as at the provider. */
const LIFE_MS = 60 * 60 * 1_000;
const OVER = 'Responses websocket connection limit reached (60 minutes)';

/** Why no further request is taken. */
type Ending = Required<Pick<ErrorFields, 'type' | 'code' | 'message'>> & { readonly status: number };

const SHUTTING_DOWN: Ending = {
  type: 'server_error',
  code: 'shutting_down',
  message: 'The proxy is shutting down and takes no new requests.',
  status: 503,
};
const EXPIRED: Ending = {
  type: 'invalid_request_error',
  code: 'websocket_connection_limit_reached',
  message: `${OVER}. Create a new websocket connection to continue.`,
  status: 400,
};

/** Takes a request through its pipeline; resolves when it is settled. */
export type StartFrame = (frame: Buffer, responder: Responder, way: SocketWay) => Promise<void>;

interface Lane {
  readonly place: ExchangePlace;
  readonly waiting: Buffer[];
  running: FrameExchange | undefined;
  /** Was sent, and is answered after a response that came in between. */
  behind: FrameExchange | undefined;
  /** The latest frame: what steering adds to it is metered as a request like it. */
  latest: Buffer | undefined;
}

/**
 * One client's WebSocket of the Responses API, and the sockets to endpoints that its requests need. Requests of one
 * `stream_id` run one after the other, others beside them. Events go to the client as the endpoint sent them, without
 * keys of ours.
 */
export class ResponseSession implements EndpointSocketEvents {
  /** Resolves when the client's connection is closed. */
  readonly closed: Promise<void>;
  readonly #client: WebSocket;
  readonly #start: StartFrame;
  readonly #lanes = new Map<string | undefined, Lane>();
  readonly #sockets = new Map<string, Promise<Opening>>();
  readonly #open = new Set<EndpointSocket>();
  readonly #makers = new Map<string, EndpointSocket>();
  /** The newest response of each lane that the proxy made for this socket alone. */
  readonly #unstored = new Map<string | undefined, ResponseRecord>();
  /** Responses that were steered: another may follow each by itself. */
  readonly #steered = new Set<string>();
  readonly #running = new Map<FrameExchange, Promise<void>>();
  readonly #reader: SlowReader;
  #waiting = 0;
  #ending: Ending | undefined;
  readonly #expiry: NodeJS.Timeout;
  #gone = false;

  constructor(client: WebSocket, start: StartFrame, lifeMs = LIFE_MS) {
    this.#client = client;
    this.#start = start;
    this.#reader = new SlowReader(client, () => this.#open);
    this.#expiry = setTimeout(() => this.#expire(), lifeMs).unref();
    this.closed = new Promise((resolve) => {
      client.on('close', () => {
        this.#leave();
        resolve();
      });
    });
    // `close` follows every error.
    client.on('error', () => undefined);
    client.on('message', (data: Buffer, binary) => this.#receive(data, binary));
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Closes the socket once its running answers are complete; new requests are refused. */
  drain(): void {
    this.#ending = SHUTTING_DOWN;
    void Promise.all(this.#running.values()).then(() => this.#close(GOING_AWAY, STOPPING));
  }

  /** Closes it at once, with an error event for what still runs. */
  interrupt(): void {
    this.#ending = SHUTTING_DOWN;
    for (const [streamId, { running }] of this.#lanes) if (running) this.#refuseEnding(SHUTTING_DOWN, streamId);
    this.#close(GOING_AWAY, STOPPING);
  }

  endpointSays(socket: EndpointSocket, text: Buffer): void {
    const clean = withoutOwnSecrets(text, socket.endpoint);
    const event = parseObject(clean.toString('utf8')) ?? {};
    const streamId = typeof event['stream_id'] === 'string' ? event['stream_id'] : undefined;
    const lane = this.#lanes.get(streamId);
    if (event['type'] === 'response.created' && lane) this.#began(socket, event['response'] as JsonObject, lane);
    this.#reader.send(shownEvent(clean, event, socket.endpoint, Date.now()));
    if (lane?.running?.isAt(socket)) lane.running.take(clean, event);
  }

  endpointClosed(socket: EndpointSocket, code: number, reason: string): void {
    this.#open.delete(socket);
    this.#sockets.delete(socketName(socket.endpoint));
    for (const [id, maker] of this.#makers) if (maker === socket) this.#makers.delete(id);
    const cut = [...this.#running.keys()].filter((exchange) => exchange.isAt(socket) && !exchange.isOver);
    const settled = cut.map(async (exchange) => this.#running.get(exchange));
    for (const exchange of cut) exchange.cut(`it closed the socket with ${code}`);
    // What that socket alone knew is gone with it: the client hears it in the same form.
    if (cut.length > 0 || this.#open.size === 0) {
      void Promise.all(settled).then(() => this.#close(sendable(code, cut.length > 0), reason));
    }
  }

  #receive(data: Buffer, binary: boolean): void {
    try {
      if (binary) throw new ProxyError('invalid_json', 'Requests are text frames.');
      const head = frameHead(data);
      if (head.type === 'response.create') this.#create(data, head.streamId);
      else if (head.type === 'response.steer') this.#steer(data, head);
      else {
        const message = "Invalid value for 'type': expected 'response.create' or 'response.steer'.";
        this.#refuse({ code: 'invalid_value', param: 'type', message }, head.streamId);
      }
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      const { code, message, param, status } = error;
      // The provider has a name of its own for this one.
      this.#refuse({ code: param === 'stream_id' ? 'invalid_stream_id' : code, message, param }, undefined, status);
    }
  }

  #create(frame: Buffer, streamId: string | undefined): void {
    if (this.#ending) {
      this.#refuseEnding(this.#ending, streamId);
      return;
    }
    const lane = this.#lane(streamId);
    if (lane === undefined) {
      const message = `Responses websocket stream limit reached (${MOST_LANES} streams).`;
      this.#refuse({ code: 'websocket_stream_limit_reached', param: 'stream_id', message }, streamId);
      return;
    }
    lane.waiting.push(frame);
    this.#waiting += 1;
    if (this.#waiting > MOST_WAITING) this.#client.pause();
    this.#next(lane);
  }

  /** Input that steers a response goes where the response is being made. */
  #steer(frame: Buffer, { responseId }: FrameHead): void {
    const maker = this.#makers.get(responseId);
    if (maker?.isOpen) {
      this.#steered.add(responseId);
      forgetOldest(this.#steered);
      maker.send(frame);
      return;
    }
    const message = `Response with id '${responseId}' not found.`;
    const error = { type: 'invalid_request_error', code: 'response_not_found', message };
    const { input = [] } = parseObject(frame.toString('utf8')) ?? {};
    const steer = { previous_response_id: responseId, input };
    this.#say(JSON.stringify({ type: 'response.steer.failed', sequence_number: 0, error, steer }));
  }

  #lane(streamId: string | undefined): Lane | undefined {
    const known = this.#lanes.get(streamId);
    if (known || this.#lanes.size >= MOST_LANES) return known;
    const lane: Lane = {
      place: this.#place(streamId),
      waiting: [],
      running: undefined,
      behind: undefined,
      latest: undefined,
    };
    this.#lanes.set(streamId, lane);
    return lane;
  }

  #place(streamId: string | undefined): ExchangePlace {
    return {
      streamId,
      unstored: {
        find: (id) => [...this.#unstored.values()].find((record) => record.id === id),
        remember: (record) => {
          if (record) this.#unstored.set(streamId, record);
          else this.#unstored.delete(streamId);
        },
      },
      send: (text) => {
        this.#say(text);
        return !this.#reader.isFull;
      },
      onDrain: (listener) => this.#reader.onDrain(listener),
      madeBy: (id) => this.#makers.get(id),
      giveUp: (socket) => socket.terminate(),
      socketTo: (endpoint, asked, job) => {
        const name = socketName(endpoint);
        const known = this.#sockets.get(name);
        if (known) return known;
        const opening = openEndpointSocket(asked, endpoint, job, this);
        this.#sockets.set(name, opening);
        void opening.then((opened) => this.#opened(name, opened));
        return opening;
      },
    };
  }

  #opened(name: string, opening: Opening): void {
    if (opening.kind === 'refused') this.#sockets.delete(name);
    else if (this.#gone) opening.socket.terminate();
    else if (opening.socket.isOpen) this.#open.add(opening.socket);
  }

  /** Begins the next request of a lane. */
  #next(lane: Lane): void {
    if (lane.running || this.#gone) return;
    const frame = lane.waiting.shift();
    if (frame === undefined) return;
    this.#waiting -= 1;
    if (this.#ending) {
      this.#refuseEnding(this.#ending, lane.place.streamId);
      this.#next(lane);
      return;
    }
    if (this.#waiting <= MOST_WAITING) this.#client.resume();
    lane.latest = frame;
    this.#begin(lane, frame, new FrameExchange(lane.place));
  }

  #begin(lane: Lane, frame: Buffer, exchange: FrameExchange): void {
    lane.running = exchange;
    const settled = this.#start(frame, exchange.responder, exchange.way).finally(() => {
      this.#running.delete(exchange);
      if (lane.behind === exchange) lane.behind = undefined;
      if (lane.running === exchange) {
        lane.running = lane.behind;
        lane.behind = undefined;
      }
      this.#next(lane);
    });
    this.#running.set(exchange, settled);
  }

  /** A response begins: it is remembered, and one that nothing was sent for is the answer to steering. */
  #began(socket: EndpointSocket, response: JsonObject | undefined, lane: Lane): void {
    const { id, previous_response_id: previous } = response ?? {};
    if (typeof id === 'string') {
      this.#makers.set(id, socket);
      forgetOldest(this.#makers);
    }
    const { running, latest } = lane;
    if (latest === undefined) return;
    const follows = typeof previous === 'string' && this.#steered.delete(previous) ? previous : undefined;
    const awaited = running?.isAt(socket) === true && !running.isOver;
    if (awaited && (follows === undefined || running.expects(follows))) return;
    // A request that was sent meanwhile is answered after it.
    if (awaited) lane.behind = running;
    this.#begin(lane, latest, new FrameExchange(lane.place, socket));
  }

  /** The socket has lived long enough: it is closed once its running answers are complete. */
  #expire(): void {
    this.#ending = EXPIRED;
    void Promise.all(this.#running.values()).finally(() => {
      this.#refuseEnding(EXPIRED);
      this.#close(GOING_AWAY, OVER);
    });
  }

  #refuseEnding({ status, ...fields }: Ending, streamId?: string): void {
    this.#refuse(fields, streamId, status);
  }

  #refuse(fields: Partial<ErrorFields>, streamId?: string, status = 400): void {
    this.#say(errorFrame(status, fields, streamId));
  }

  #say(text: string): void {
    this.#reader.send(Buffer.from(text));
  }

  #close(code: number, reason: string): void {
    if (this.#client.readyState === WebSocket.OPEN) this.#client.close(code, reason);
    for (const socket of this.#open) socket.close(GOING_AWAY, STOPPING);
    setTimeout(() => {
      this.#client.terminate();
      for (const socket of this.#open) socket.terminate();
    }, CLOSE_GRACE_MS).unref();
  }

  /** The client is gone: nothing of what it asked for goes on. */
  #leave(): void {
    this.#gone = true;
    clearTimeout(this.#expiry);
    this.#reader.stop();
    this.#unstored.clear();
    for (const lane of this.#lanes.values()) lane.waiting.length = 0;
    for (const exchange of this.#running.keys()) exchange.leave();
    for (const socket of this.#open) socket.terminate();
  }
}

/** A socket is the session of the key that it was opened with. Contains the key: not to be shown. */
function socketName({ id, credential }: Endpoint): string {
  return credential.kind === 'key' && credential.own ? `${id} ${credential.value}` : id;
}

function forgetOldest(names: Map<string, unknown> | Set<string>): void {
  const [oldest] = names.keys();
  if (names.size > MOST_RESPONSES && oldest !== undefined) names.delete(oldest);
}

/** A code that may stand in a close frame (RFC 6455 section 7.4.1). */
function sendable(code: number, cut: boolean): number {
  if (code >= 3000 || (code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_STATUS && code !== 1006))
    return code;
  return cut || code !== NO_STATUS ? INTERNAL_ERROR : 1000;
}
