import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { closeFrame, FrameReader, type FrameWatcher } from '../wire/websocket-frames.ts';

/** RFC 6455 section 7.4.1: the server is going down. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const SHUTTING_DOWN = 'the proxy is shutting down';
const CLIENT_REFUSED = 'the client may not go on';
const MASK_BYTES = 4;
/** Milliseconds in which the other side of a tunnel that has ended may take what was written and close. */
const CLOSE_GRACE_MS = 1_000;

/** Who ended a tunnel; `drain`: the proxy did. */
export type SpliceEnd = 'client' | 'endpoint' | 'drain';

/** A close frame towards the client. */
interface Goodbye {
  readonly code: number;
  readonly reason: string;
}

/** One way through the tunnel. */
interface Direction {
  readonly from: Duplex;
  readonly to: Duplex;
  /** Frames towards a server are masked. */
  readonly masked: boolean;
  readonly frames: FrameReader;
  /** Our close frame was sent: nothing follows it. */
  closed: boolean;
}

/**
 * Two connections as one: bytes go both ways unchanged, at the pace of the slower side. When one side is gone the other
 * ends at once. Frames are only watched, so that a close frame can be put between two of them.
 */
export class Splice {
  /** Resolves when the tunnel is over. */
  readonly ended: Promise<SpliceEnd>;
  /** Resolves when both connections are closed. */
  readonly closed: Promise<unknown>;
  readonly #client: Duplex;
  readonly #endpoint: Duplex;
  readonly #directions: readonly Direction[];
  readonly #resolve: (end: SpliceEnd) => void;
  #over = false;
  /** What the close frame of the client says, once the proxy ends the tunnel. */
  #goodbye: Goodbye | undefined;

  /** `watcher` is told of the endpoint's frames. */
  constructor(client: Duplex, endpoint: Duplex, watcher?: FrameWatcher) {
    const { promise, resolve } = Promise.withResolvers<SpliceEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#client = client;
    this.#endpoint = endpoint;
    this.closed = Promise.all([client, endpoint].map((socket) => closing(socket)));
    this.#directions = [
      { from: client, to: endpoint, masked: true, frames: new FrameReader(), closed: false },
      { from: endpoint, to: client, masked: false, frames: new FrameReader(watcher), closed: false },
    ];
    this.#watch(client, 'client');
    this.#watch(endpoint, 'endpoint');
    for (const direction of this.#directions) this.#carry(direction);
  }

  /** Whether the endpoint has said that it ends the conversation. */
  get closedByEndpoint(): boolean {
    return this.#directions[1]?.frames.closing === true;
  }

  /** Both sides get a close frame as soon as a frame has ended, and the tunnel is over. */
  drain(): void {
    this.#close({ code: GOING_AWAY, reason: SHUTTING_DOWN });
  }

  /** The same because the client may not go on, for this reason of at most 123 bytes. The watcher may call it. */
  refuse(reason: string): void {
    // Where the frame has ended that the watcher has heard of, is known once its piece is read to the end.
    queueMicrotask(() => this.#close({ code: POLICY_VIOLATION, reason }));
  }

  #close(goodbye: Goodbye): void {
    if (this.#over || this.#goodbye) return;
    this.#goodbye = goodbye;
    for (const direction of this.#directions) if (direction.frames.atBoundary) this.#sayGoodbye(direction, goodbye);
    // A side that stands still in the middle of a frame gets none.
    setTimeout(() => this.#end('drain'), CLOSE_GRACE_MS).unref();
  }

  #carry(direction: Direction): void {
    const { from, to } = direction;
    from.on('data', (piece: Buffer) => this.#pass(direction, piece));
    to.on('drain', () => from.resume());
    from.resume();
  }

  #pass(direction: Direction, piece: Buffer): void {
    const { from, to, frames } = direction;
    if (direction.closed || this.#over) return;
    if (!this.#goodbye) {
      frames.push(piece);
      if (!to.write(piece)) from.pause();
      return;
    }
    const end = frames.push(piece, true);
    to.write(end === -1 ? piece : piece.subarray(0, end));
    if (end !== -1) this.#sayGoodbye(direction, this.#goodbye);
  }

  #sayGoodbye(direction: Direction, { code, reason }: Goodbye): void {
    const { from, to, masked, frames } = direction;
    direction.closed = true;
    // The endpoint has broken no rule: from it the client goes away.
    const [said, why] = masked && code === POLICY_VIOLATION ? [GOING_AWAY, CLIENT_REFUSED] : [code, reason];
    if (!frames.closing) to.write(closeFrame(said, why, masked ? randomBytes(MASK_BYTES) : undefined));
    // What still comes is read and dropped: unread bytes would turn the end into a reset.
    from.resume();
    if (this.#directions.every(({ closed }) => closed)) this.#end('drain');
  }

  #watch(socket: Duplex, side: 'client' | 'endpoint'): void {
    socket.on('error', () => socket.destroy());
    socket.on('end', () => this.#end(side));
    socket.on('close', () => this.#end(side));
  }

  #end(by: SpliceEnd): void {
    if (this.#over) return;
    this.#over = true;
    // A client that has vanished leaves no word behind: the endpoint hears of it at once, whatever it does with its side.
    if (by === 'client' && !this.#closedByClient) reset(this.#endpoint);
    for (const socket of [this.#client, this.#endpoint]) {
      socket.end();
      socket.resume();
      setTimeout(() => socket.destroy(), CLOSE_GRACE_MS).unref();
    }
    this.#resolve(by);
  }

  get #closedByClient(): boolean {
    return this.#directions[0]?.frames.closing === true;
  }
}

function closing(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** Breaks the connection: a peer that ignores the end of its input would keep its own side open. */
function reset(socket: Duplex): void {
  if (socket instanceof Socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else socket.destroy();
}
