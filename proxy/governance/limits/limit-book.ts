import { allOf, type LevelLimits } from './chain.ts';
import type { Limit } from './types.ts';

/**
 * The limits of all entities, by entity and by the id of the budget or rate limit that made them. An entity is put again
 * whenever it changes; its usage is not touched.
 */
export class LimitBook {
  readonly #levels = new Map<string, LevelLimits>();
  readonly #scopes = new Map<string, readonly Limit[]>();

  /** Takes over the limits of an entity. Returns those that it has no more, whose counters are to be forgotten. */
  put(entityId: string, limits: LevelLimits): Limit[] {
    const before = this.#takeOut(entityId);
    this.#levels.set(entityId, limits);
    const now = allOf(limits);
    for (const limit of now) {
      const scope = scopeOf(limit);
      this.#scopes.set(scope, [...(this.#scopes.get(scope) ?? []), limit]);
    }
    const kept = new Set(now.map(({ id }) => id));
    return before.filter(({ id }) => !kept.has(id));
  }

  /** Returns the limits of the entity, whose counters are to be forgotten. */
  remove(entityId: string): Limit[] {
    return this.#takeOut(entityId);
  }

  limitsOf(entityId: string): LevelLimits | undefined {
    return this.#levels.get(entityId);
  }

  /** Limits of every entity, by its id. */
  levels(): IterableIterator<[entityId: string, limits: LevelLimits]> {
    return this.#levels.entries();
  }

  ofScope(scopeId: string): readonly Limit[] {
    return this.#scopes.get(scopeId) ?? [];
  }

  /** All limits, in no order. */
  *all(): Iterable<Limit> {
    for (const limits of this.#scopes.values()) yield* limits;
  }

  #takeOut(entityId: string): Limit[] {
    const known = this.#levels.get(entityId);
    if (known === undefined) return [];
    this.#levels.delete(entityId);
    const limits = allOf(known);
    for (const limit of limits) this.#scopes.delete(scopeOf(limit));
    return limits;
  }
}

/** Id of the budget or rate limit, and for what is counted without a limit that of the entity with its level. */
function scopeOf({ id }: Limit): string {
  return id.slice(0, id.lastIndexOf('/'));
}
