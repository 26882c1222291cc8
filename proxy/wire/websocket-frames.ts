const LONGEST_HEADER = 14;
const FIN = 0x80;
const OPCODE = 0x0f;
const CLOSE = 0x08;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;

/** Is told of every frame that passes by. */
export interface FrameWatcher {
  /** A frame begins; `first` is the first byte of its header (RFC 6455 section 5.2). */
  begin(first: number, masked: boolean): void;
  /** A piece of its payload, as it stands on the wire. */
  payload(piece: Buffer): void;
  end(): void;
}

/** Where the frames of a WebSocket (RFC 6455 section 5.2) end, in one direction, however the network cuts them. */
export class FrameReader {
  readonly #header = Buffer.alloc(LONGEST_HEADER);
  #headerBytes = 0;
  /** Bytes of the current frame's payload that are still to come. */
  #payload = 0;
  #closing = false;
  readonly #watcher: FrameWatcher | undefined;

  constructor(watcher?: FrameWatcher) {
    this.#watcher = watcher;
  }

  /** Whether the bytes so far end with a whole frame. */
  get atBoundary(): boolean {
    return this.#headerBytes === 0 && this.#payload === 0;
  }

  /** Whether a close frame has begun: no frame may follow it. */
  get closing(): boolean {
    return this.#closing;
  }

  /**
   * Reads a piece, or only as much of it as belongs to the frame that is running. Returns the offset behind the first frame
   * that ends in it, or -1.
   */
  push(piece: Buffer, oneFrame = false): number {
    let first = -1;
    let at = 0;
    while (at < piece.length) {
      at = this.#payload > 0 ? this.#skipPayload(piece, at) : this.#readHeader(piece, at);
      if (first === -1 && this.atBoundary) first = at;
      if (oneFrame && first !== -1) break;
    }
    return first;
  }

  #skipPayload(piece: Buffer, at: number): number {
    const bytes = Math.min(this.#payload, piece.length - at);
    this.#payload -= bytes;
    this.#watcher?.payload(piece.subarray(at, at + bytes));
    if (this.#payload === 0) this.#watcher?.end();
    return at + bytes;
  }

  #readHeader(piece: Buffer, at: number): number {
    this.#header[this.#headerBytes] = piece[at] as number;
    this.#headerBytes += 1;
    if (this.#headerBytes >= 2 && this.#headerBytes === headerLength(this.#header)) {
      this.#payload = payloadLength(this.#header);
      this.#closing ||= ((this.#header[0] as number) & OPCODE) === CLOSE;
      this.#headerBytes = 0;
      this.#watcher?.begin(this.#header[0] as number, ((this.#header[1] as number) & MASKED) !== 0);
      if (this.#payload === 0) this.#watcher?.end();
    }
    return at + 1;
  }
}

function headerLength(header: Buffer): number {
  const second = header[1] as number;
  const length = second & LENGTH;
  const extended = length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0;
  return 2 + extended + (second & MASKED ? MASK_BYTES : 0);
}

function payloadLength(header: Buffer): number {
  const length = (header[1] as number) & LENGTH;
  if (length === LENGTH_16) return header.readUInt16BE(2);
  return length === LENGTH_64 ? Number(header.readBigUInt64BE(2)) : length;
}

/** A close frame; what goes to a server is masked (RFC 6455 section 5.3). `reason` has at most 123 bytes. */
export function closeFrame(code: number, reason: string, mask?: Buffer): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  const head = Buffer.from([FIN | CLOSE, payload.length | (mask ? MASKED : 0)]);
  if (!mask) return Buffer.concat([head, payload]);
  for (let index = 0; index < payload.length; index += 1) {
    payload[index] = (payload[index] as number) ^ (mask[index % MASK_BYTES] as number);
  }
  return Buffer.concat([head, mask, payload]);
}
