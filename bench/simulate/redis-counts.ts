/** Commands that replicas have sent to the simulated Redis, and what it has sent to them. */
export class RedisCounts {
  /** MGET of a lookup: two purge tokens and the entry. */
  lookups = 0;
  /** EVAL that stores an answer. */
  stores = 0;
  /** EVAL that keeps and announces a change of health. */
  changes = 0;
  /** HGETALL of what is kept of health. */
  reloads = 0;
  /** Messages of changes that reached a replica. */
  messages = 0;

  get commands(): number {
    return this.lookups + this.stores + this.changes + this.reloads;
  }
}
