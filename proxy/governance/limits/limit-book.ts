import { allOf, limitsOfLevel, type LevelLimits, type LevelSettings, type LimitSettings } from './chain.ts';
import type { Level, Limit } from './types.ts';

interface Page {
  readonly level: Level;
  readonly settings: LevelSettings;
}

/**
 * The limits of all entities, by entity and by the id of the budget or rate limit that made them. An entity is put again
 * whenever it changes; its usage is not touched. Limits are made when they are asked for: of a hundred thousand keys most are
 * not in use.
 */
export class LimitBook {
  readonly #pages = new Map<string, Page>();
  /** Id of a budget or rate limit → entity. */
  readonly #owners = new Map<string, string>();
  /** Of entities whose requests have come. */
  readonly #made = new Map<string, LevelLimits>();

  /** Takes over what an entity allows. Returns the limits that it has no more, whose counters are to be forgotten. */
  put(entityId: string, level: Level, settings: LevelSettings): Limit[] {
    const before = this.remove(entityId);
    this.#pages.set(entityId, { level, settings });
    for (const scopeId of scopesOf(settings)) this.#owners.set(scopeId, entityId);
    if (before.length === 0) return before;
    const kept = new Set(allOf(limitsOfLevel(level, settings)).map(({ id }) => id));
    return before.filter(({ id }) => !kept.has(id));
  }

  /** Returns the limits of the entity, whose counters are to be forgotten. */
  remove(entityId: string): Limit[] {
    const page = this.#pages.get(entityId);
    if (page === undefined) return [];
    this.#pages.delete(entityId);
    this.#made.delete(entityId);
    for (const scopeId of scopesOf(page.settings)) this.#owners.delete(scopeId);
    return [...allOf(limitsOfLevel(page.level, page.settings))];
  }

  /** The same object until the entity changes. */
  limitsOf(entityId: string): LevelLimits | undefined {
    const known = this.#made.get(entityId);
    if (known !== undefined) return known;
    const page = this.#pages.get(entityId);
    if (page === undefined) return undefined;
    const made = limitsOfLevel(page.level, page.settings);
    this.#made.set(entityId, made);
    return made;
  }

  /** Limits of every entity, by its id. */
  *levels(): Iterable<[entityId: string, limits: LevelLimits]> {
    for (const [id, { level, settings }] of this.#pages) {
      yield [id, this.#made.get(id) ?? limitsOfLevel(level, settings)];
    }
  }

  /** The limits that a budget or rate limit has made, and for `LEVEL/ID` what of the entity is counted without a limit. */
  ofScope(scopeId: string): readonly Limit[] {
    const entityId = this.#owners.get(scopeId) ?? scopeId.slice(scopeId.indexOf('/') + 1);
    const page = this.#pages.get(entityId);
    if (page === undefined) return [];
    const limits = this.#made.get(entityId) ?? limitsOfLevel(page.level, page.settings);
    return allOf(limits).filter(({ id }) => id.startsWith(scopeId) && id.lastIndexOf('/') === scopeId.length);
  }

  /** By its own id; undefined where there is none any more. */
  limit(id: string): Limit | undefined {
    return this.ofScope(id.slice(0, id.lastIndexOf('/'))).find((limit) => limit.id === id);
  }
}

/** Ids of all budgets and rate limits of an entity. */
function* scopesOf(settings: LevelSettings): Iterable<string> {
  yield* idsOf(settings);
  for (const named of [settings.modelLimits, settings.providerLimits]) {
    for (const limits of named?.values() ?? []) yield* idsOf(limits);
  }
}

function* idsOf({ budget, rateLimit }: LimitSettings): Iterable<string> {
  if (budget !== undefined) yield budget.id;
  if (rateLimit !== undefined) yield rateLimit.id;
}
