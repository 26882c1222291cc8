import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BytePatch } from '../wire/model-mention.ts';

const OWNER_ONLY = 0o600;
/** Bytes that are read back at a time. */
const PIECE = 64 * 1024;

/**
 * A body that is too large to be held in memory, in a temporary file. The file has no name from the beginning on where the
 * system allows it, so that it is gone with the request and with the process, however either ends.
 */
export class Spool {
  readonly #handle: FileHandle;
  #path: string | undefined;
  #bytes = 0;

  private constructor(handle: FileHandle, path: string | undefined) {
    this.#handle = handle;
    this.#path = path;
  }

  static async open(folder = tmpdir()): Promise<Spool> {
    const path = join(folder, `llmproxy-${randomUUID()}`);
    const handle = await open(path, 'wx+', OWNER_ONLY);
    const removed = await unlink(path).then(
      () => true,
      () => false,
    );
    return new Spool(handle, removed ? undefined : path);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a piece. One call at a time. */
  async write(piece: Buffer): Promise<void> {
    let done = 0;
    while (done < piece.length) {
      const { bytesWritten } = await this.#handle.write(piece, done, piece.length - done, this.#bytes + done);
      done += bytesWritten;
    }
    this.#bytes += piece.length;
  }

  /** The body with its patches, which must be in order and apart. */
  async *read(patches: readonly BytePatch[] = []): AsyncGenerator<Buffer> {
    let at = 0;
    for (const { start, end, bytes } of patches) {
      yield* this.#range(at, start);
      yield bytes;
      at = end;
    }
    yield* this.#range(at, this.#bytes);
  }

  /** Gives the file back to the system. Never rejects; further calls do nothing. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    const path = this.#path;
    this.#path = undefined;
    if (path !== undefined) await unlink(path).catch(() => undefined);
  }

  async *#range(from: number, to: number): AsyncGenerator<Buffer> {
    let at = from;
    while (at < to) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, to - at));
      const { bytesRead } = await this.#handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error('the spooled body is shorter than what was written');
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  }
}
