/** A beginning of a prompt that a request marked for the cache. */
interface Kept {
  until: number;
  readonly lifeMs: number;
}

/** Beyond so many the oldest are forgotten. */
const MOST = 10_000;

/** Beginnings of prompts that requests marked, by their digest. Reading one renews it. */
export class MarkedPrefixes {
  readonly #kept = new Map<string, Kept>();

  /** Whether it is there at `now` (epoch milliseconds); then it is kept for its whole time again. */
  read(digest: string, now: number): boolean {
    const kept = this.#kept.get(digest);
    if (kept === undefined) return false;
    if (kept.until <= now) {
      this.#kept.delete(digest);
      return false;
    }
    kept.until = now + kept.lifeMs;
    return true;
  }

  write(digest: string, lifeMs: number, now: number): void {
    this.#kept.delete(digest);
    this.#kept.set(digest, { until: now + lifeMs, lifeMs });
    if (this.#kept.size <= MOST) return;
    const oldest = this.#kept.keys().next();
    if (!oldest.done) this.#kept.delete(oldest.value);
  }

  clear(): void {
    this.#kept.clear();
  }
}
