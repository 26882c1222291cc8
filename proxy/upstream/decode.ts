import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import type { UpstreamCall, UpstreamFailure, UpstreamHandler } from './types.ts';

/** More decoded bytes of one answer than this are not read: a few kilobytes can unpack to gigabytes. */
export const DECODED_LIMIT = 64 * 1024 * 1024;

/** Bytes that name a format by themselves. */
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const MAGIC_BYTES = ZSTD.length;
const NOTHING = Buffer.alloc(0);

type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

const NAMES: Readonly<Record<string, Coding>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
};

export interface DecodedHandler {
  readonly handler: UpstreamHandler;
  /** The call, so that pausing it pauses the decoder too. */
  readonly control: (call: UpstreamCall) => UpstreamCall;
}

/**
 * A handler that gets the answer without its content coding. Endpoints are asked for none (`accept-encoding: identity`),
 * and some compress all the same. `decodes` says for which status the body is read here; any other passes as it is.
 */
export function decoded(handler: UpstreamHandler, decodes: (status: number) => boolean): DecodedHandler {
  const decoder = new AnswerDecoder(handler, decodes);
  return { handler: decoder, control: (call) => decoder.control(call) };
}

/** Stands on both sides of a call: as its handler, and as the call that its handler's owner controls. */
class AnswerDecoder implements UpstreamHandler, UpstreamCall {
  readonly #handler: UpstreamHandler;
  readonly #decodes: (status: number) => boolean;
  #state: 'plain' | 'undecided' | 'decoding' | 'over' = 'plain';
  #named: Coding | undefined;
  #held: Buffer = NOTHING;
  #stream: Transform | undefined;
  #bytes = 0;
  #call: UpstreamCall | undefined;
  #paused = false;

  constructor(handler: UpstreamHandler, decodes: (status: number) => boolean) {
    this.#handler = handler;
    this.#decodes = decodes;
  }

  control(call: UpstreamCall): UpstreamCall {
    this.#call = call;
    return this;
  }

  pause(): void {
    this.#paused = true;
    this.#stream?.pause();
    this.#call?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream?.resume();
    if (this.#stream?.writableNeedDrain !== true) this.#call?.resume();
  }

  abort(): void {
    this.#call?.abort();
    // What is still being unpacked when the connection has closed already ends here.
    if (this.#state === 'decoding') this.onFailure({ kind: 'client_left', reason: 'the last client left' });
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    if (headers['content-encoding'] === undefined || !this.#decodes(status)) {
      this.#handler.onHead(status, headers);
      return;
    }
    const { 'content-encoding': encoding, ...rest } = headers;
    const names = [encoding]
      .flat()
      .join(',')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && name !== 'identity');
    const [name] = names;
    const coding = names.length === 1 && name !== undefined ? NAMES[name] : undefined;
    // A coding that is unknown here stays in the head: what reads the body must know.
    if (names.length > 0 && coding === undefined) {
      this.#handler.onHead(status, headers);
      return;
    }
    this.#named = coding;
    if (coding !== undefined) this.#state = 'undecided';
    this.#handler.onHead(status, rest);
  }

  onData(chunk: Buffer): void {
    if (this.#state === 'plain') this.#handler.onData(chunk);
    else if (this.#state === 'undecided') this.#decide(Buffer.concat([this.#held, chunk]), false);
    else if (this.#state === 'decoding') this.#write(chunk);
  }

  onEnd(): void {
    if (this.#state === 'undecided') this.#decide(this.#held, true);
    if (this.#state === 'plain') this.#handler.onEnd();
    else this.#stream?.end();
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#stream?.destroy();
    this.#handler.onFailure(failure);
  }

  /** The first bytes tell a body that is not compressed at all from one that is. */
  #decide(bytes: Buffer, ended: boolean): void {
    this.#held = bytes;
    if (bytes.length < MAGIC_BYTES && !ended) return;
    const coding = bytes.length === 0 ? undefined : codingOf(this.#named, bytes);
    if (coding === undefined) {
      this.#state = 'plain';
      if (bytes.length > 0) this.#handler.onData(bytes);
      return;
    }
    this.#state = 'decoding';
    this.#stream = this.#open(coding, bytes);
    this.#write(bytes);
  }

  #open(coding: Coding, first: Buffer): Transform {
    const stream = DECODERS[coding](first);
    stream.on('data', (chunk: Buffer) => this.#deliver(chunk));
    stream.on('end', () => {
      if (this.#state !== 'decoding') return;
      this.#state = 'over';
      this.#handler.onEnd();
    });
    stream.on('error', (error: NodeJS.ErrnoException) =>
      this.onFailure({ kind: 'cut', reason: `the compressed body is broken (${error.code ?? error.message})` }),
    );
    stream.on('drain', () => {
      if (!this.#paused) this.#call?.resume();
    });
    return stream;
  }

  #write(chunk: Buffer): void {
    if (this.#stream?.write(chunk) === false) this.#call?.pause();
  }

  #deliver(chunk: Buffer): void {
    if (this.#state !== 'decoding') return;
    this.#bytes += chunk.length;
    if (this.#bytes <= DECODED_LIMIT) {
      this.#handler.onData(chunk);
      return;
    }
    this.onFailure({ kind: 'cut', reason: `the compressed body unpacks to more than ${DECODED_LIMIT} bytes` });
    this.#call?.abort();
  }
}

/** The coding that the bytes show, or that the label names where bytes show none; undefined for plain text. */
function codingOf(named: Coding | undefined, bytes: Buffer): Coding | undefined {
  if (bytes.subarray(0, GZIP.length).equals(GZIP)) return 'gzip';
  if (bytes.subarray(0, ZSTD.length).equals(ZSTD)) return 'zstd';
  return named === 'br' || named === 'deflate' ? named : undefined;
}

/** What has been flushed can be read. */
const SYNC = { flush: constants.Z_SYNC_FLUSH };

const DECODERS: Readonly<Record<Coding, (first: Buffer) => Transform>> = {
  gzip: () => createGunzip(SYNC),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress(),
  // Some servers leave the zlib header out (RFC 9110 section 8.4.1.2).
  deflate: (first) => (hasZlibHeader(first) ? createInflate(SYNC) : createInflateRaw(SYNC)),
};

/** RFC 1950: method 8, and the first two bytes are a multiple of 31. */
function hasZlibHeader([first = 0, second = 0]: Buffer): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
