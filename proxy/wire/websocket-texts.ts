import type { FrameWatcher } from './websocket-frames.ts';

/** Bytes of a message that is read; a longer one is skipped. */
export const TEXT_LIMIT = 1024 * 1024;

const FIN = 0x80;
/** Extensions that change what the payload is, compression above all. */
const RESERVED = 0x70;
const OPCODE = 0x0f;
const CONTINUATION = 0;
const TEXT = 1;
const FIRST_CONTROL = 8;

/**
 * The text messages among the frames that a server sends (RFC 6455 section 5.4), those in several frames joined. What is compressed,
 * masked or too long is not read.
 */
export class TextMessages implements FrameWatcher {
  readonly #onText: (text: Buffer) => void;
  #isControl = false;
  #isLast = false;
  /** Pieces of the message that is running; undefined while it is not read. */
  #kept: Buffer[] | undefined;
  #bytes = 0;
  #skipped = 0;

  constructor(onText: (text: Buffer) => void) {
    this.#onText = onText;
  }

  /** Texts that could not be read. */
  get skipped(): number {
    return this.#skipped;
  }

  begin(first: number, masked: boolean): void {
    const opcode = first & OPCODE;
    this.#isControl = opcode >= FIRST_CONTROL;
    if (this.#isControl) return;
    this.#isLast = (first & FIN) !== 0;
    if (opcode === CONTINUATION) return;
    const readable = (first & RESERVED) === 0 && !masked;
    this.#kept = opcode === TEXT && readable ? [] : undefined;
    this.#bytes = 0;
    if (opcode === TEXT && !readable) this.#skipped += 1;
  }

  payload(piece: Buffer): void {
    if (this.#isControl || this.#kept === undefined) return;
    this.#bytes += piece.length;
    if (this.#bytes <= TEXT_LIMIT) this.#kept.push(piece);
    else {
      this.#kept = undefined;
      this.#skipped += 1;
    }
  }

  end(): void {
    if (this.#isControl || !this.#isLast || this.#kept === undefined) return;
    const [only, ...more] = this.#kept;
    this.#kept = undefined;
    if (only !== undefined) this.#onText(more.length === 0 ? only : Buffer.concat([only, ...more]));
  }
}
