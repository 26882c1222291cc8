import { allOf, type LevelLimits } from './chain.ts';
import type { Limit } from './types.ts';

/**
 * The limits of all entities, by entity and by the id of the budget or rate limit that made them. An entity is put again
 * whenever it changes; its usage is not touched.
 */
export class LimitBook {
  readonly #levels = new Map<string, LevelLimits>();
  /** Entities by the scopes of their limits: with a hundred thousand keys a list a scope would be most of the memory. */
  readonly #owners = new Map<string, string>();

  /** Takes over the limits of an entity. Returns those that it has no more, whose counters are to be forgotten. */
  put(entityId: string, limits: LevelLimits): readonly Limit[] {
    const before = this.#takeOut(entityId);
    this.#levels.set(entityId, limits);
    const now = allOf(limits);
    for (const limit of now) this.#owners.set(scopeOf(limit), entityId);
    if (before.length === 0) return [];
    const kept = new Set(now.map(({ id }) => id));
    return before.filter(({ id }) => !kept.has(id));
  }

  /** Returns the limits of the entity, whose counters are to be forgotten. */
  remove(entityId: string): readonly Limit[] {
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
    const level = this.#levels.get(this.#owners.get(scopeId) ?? '');
    return level === undefined ? [] : allOf(level).filter((limit) => scopeOf(limit) === scopeId);
  }

  /** All limits, in no order. */
  *all(): Iterable<Limit> {
    for (const level of this.#levels.values()) yield* allOf(level);
  }

  #takeOut(entityId: string): readonly Limit[] {
    const known = this.#levels.get(entityId);
    if (known === undefined) return [];
    this.#levels.delete(entityId);
    const limits = allOf(known);
    for (const limit of limits) this.#owners.delete(scopeOf(limit));
    return limits;
  }
}

/** Id of the budget or rate limit, and for what is counted without a limit that of the entity with its level. */
function scopeOf({ id }: Limit): string {
  return id.slice(0, id.lastIndexOf('/'));
}
