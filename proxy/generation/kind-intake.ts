import type { UpstreamFailure } from '../upstream/types.ts';
import { bodyKind, type BodyKind } from './body-kind.ts';
import type { Intake } from './intake.ts';

/** Blank lines and comments before an answer, in bytes, after which it is taken for what was asked for. */
const PRELUDE_LIMIT = 64 * 1024;

export interface KindOptions {
  /** What was asked for: taken where the body never shows what it is. */
  readonly wanted: 'json' | 'events';
  /** The intake for a body of this kind. */
  readonly open: (kind: BodyKind) => Intake;
}

/** Reads as much of an answer as shows what it is, and leaves it to the intake for that kind. */
export class KindIntake implements Intake {
  readonly #options: KindOptions;
  #held: Buffer | undefined;
  #intake: Intake | undefined;

  constructor(options: KindOptions) {
    this.#options = options;
  }

  onData(chunk: Buffer): void {
    if (this.#intake) {
      this.#intake.onData(chunk);
      return;
    }
    const bytes = this.#held ? Buffer.concat([this.#held, chunk]) : chunk;
    const seen = bodyKind(bytes);
    if (seen) this.#open(seen.kind, bytes.subarray(seen.at));
    else if (bytes.length > PRELUDE_LIMIT) this.#open(this.#options.wanted, bytes);
    else this.#held = bytes;
  }

  onEnd(): void {
    this.#decided().onEnd();
  }

  onFailure(failure: UpstreamFailure): void {
    this.#decided().onFailure(failure);
  }

  #decided(): Intake {
    return this.#intake ?? this.#open(this.#options.wanted, this.#held);
  }

  #open(kind: BodyKind, bytes: Buffer | undefined): Intake {
    const intake = this.#options.open(kind);
    this.#intake = intake;
    this.#held = undefined;
    if (bytes && bytes.length > 0) intake.onData(bytes);
    return intake;
  }
}
