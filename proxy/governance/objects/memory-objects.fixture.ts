import type { ObjectRow, ObjectStore } from './types.ts';

export class StoreAway extends Error {}

/** A store of owners in memory, which can be away. */
export class MemoryObjects implements ObjectStore {
  readonly rows = new Map<string, ObjectRow>();
  /** Ids of each call of `find`. */
  readonly asked: (readonly string[])[] = [];
  away = false;

  async insert(rows: readonly ObjectRow[]): Promise<readonly ObjectRow[]> {
    this.#assertThere();
    for (const row of rows) if (!this.rows.has(row.id)) this.rows.set(row.id, row);
    return rows.flatMap(({ id, owner, endpoint }) => {
      const stored = this.rows.get(id);
      return stored && (stored.owner !== owner || stored.endpoint !== endpoint) ? [stored] : [];
    });
  }

  async find(ids: readonly string[]): Promise<readonly ObjectRow[]> {
    this.asked.push(ids);
    this.#assertThere();
    return ids.flatMap((id) => this.rows.get(id) ?? []);
  }

  async used(ids: readonly string[], at: number): Promise<void> {
    this.#assertThere();
    for (const id of ids) {
      const row = this.rows.get(id);
      if (row) this.rows.set(id, { ...row, usedAt: at });
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    this.#assertThere();
    for (const id of ids) this.rows.delete(id);
  }

  async deleteBefore(at: number, limit: number): Promise<number> {
    this.#assertThere();
    const old = [...this.rows.values()].filter(({ usedAt }) => usedAt < at).slice(0, limit);
    for (const { id } of old) this.rows.delete(id);
    return old.length;
  }

  isAway(error: unknown): boolean {
    return error instanceof StoreAway;
  }

  #assertThere(): void {
    if (this.away) throw new StoreAway('away');
  }
}
