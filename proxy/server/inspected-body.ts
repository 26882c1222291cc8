import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { HeldBody, InspectOptions } from '../wire/http.ts';
import type { BodyFindings } from '../wire/model-finder.ts';
import { type BytePatch, growth, patched } from '../wire/model-mention.ts';
import { incomplete, refusalOf, tooLarge } from './body-errors.ts';
import { Spool } from './spool.ts';

export class InspectedBody implements HeldBody {
  readonly findings: BodyFindings;
  readonly #held: Buffer | Spool;

  constructor(held: Buffer | Spool, findings: BodyFindings) {
    this.#held = held;
    this.findings = findings;
  }

  get inMemory(): boolean {
    return Buffer.isBuffer(this.#held);
  }

  get bytes(): number {
    return Buffer.isBuffer(this.#held) ? this.#held.length : this.#held.bytes;
  }

  outgoing(patches: readonly BytePatch[]): { readonly body: Buffer | Readable; readonly bytes: number } {
    const held = this.#held;
    const body = Buffer.isBuffer(held)
      ? patched(held, patches)
      : Readable.from(held.read(patches), { objectMode: false });
    return { body, bytes: this.bytes + growth(patches) };
  }

  async close(): Promise<void> {
    if (!Buffer.isBuffer(this.#held)) await this.#held.close();
  }
}

/**
 * Reads a body and looks for its model. Rejects with ProxyError `invalid_value`, `request_too_large` or
 * `request_timeout`, and with what the finder throws; nothing is left on disk then.
 */
export async function inspectBody(request: IncomingMessage, options: InspectOptions): Promise<InspectedBody> {
  const refusal = refusalOf(request, options.bodyLimit);
  if (refusal) throw refusal;
  const announced = Number(request.headers['content-length'] ?? 0);
  const collector = new Collector(announced > options.replayLimit ? -1 : options.replayLimit);
  try {
    for await (const piece of pieces(request)) {
      if (collector.bytes + piece.length > options.bodyLimit) throw tooLarge(options.bodyLimit);
      options.finder.push(piece);
      await collector.add(piece);
    }
    return new InspectedBody(collector.whole(), options.finder.end());
  } catch (error) {
    await collector.discard();
    throw error;
  }
}

async function* pieces(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    // The answer still has to go out on this connection, so leaving the loop must not destroy it.
    yield* request.iterator({ destroyOnReturn: false });
  } catch {
    throw incomplete();
  }
}

/** Holds a body in memory, and beyond the limit in a file. */
class Collector {
  bytes = 0;
  #limit: number;
  #pieces: Buffer[] = [];
  #spool: Spool | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async add(piece: Buffer): Promise<void> {
    this.bytes += piece.length;
    if (this.#spool) {
      await this.#spool.write(piece);
      return;
    }
    this.#pieces.push(piece);
    if (this.bytes > this.#limit) await this.#spill();
  }

  whole(): Buffer | Spool {
    if (this.#spool) return this.#spool;
    const [first, ...others] = this.#pieces;
    return first !== undefined && others.length === 0 ? first : Buffer.concat(this.#pieces);
  }

  async discard(): Promise<void> {
    this.#pieces = [];
    await this.#spool?.close();
  }

  async #spill(): Promise<void> {
    this.#spool = await Spool.open();
    for (const piece of this.#pieces) await this.#spool.write(piece);
    this.#pieces = [];
  }
}
