import type { Catalog, CatalogEntry } from '../config/prices.ts';
import { canonicalProvider } from '../core/provider-names.ts';
import { NameTable } from '../core/name-table.ts';
import { BUNDLED_MODELS } from './bundled-models.ts';

/** What a model can do, everything filled in. Its price stands in the table of prices. */
export interface ModelTraits {
  /** Canonical; undefined = not known. */
  readonly provider: string | undefined;
  /** 0..100. */
  readonly quality: number;
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number;
  /** Tokens; undefined = not known. */
  readonly maxOutput: number | undefined;
  readonly tools: boolean;
  readonly structured: boolean;
  readonly vision: boolean;
}

type Field = keyof ModelTraits;

const UNKNOWN: ModelTraits = {
  provider: undefined,
  quality: 70,
  contextWindow: 4_096,
  maxOutput: undefined,
  tools: false,
  structured: false,
  vision: false,
};

type FieldTables = { readonly [F in Field]: NameTable<NonNullable<ModelTraits[F]>> };

/**
 * Models by their names. Each field is looked up by itself and as a price is: an entry of the configuration that does not have it
 * leaves the bundled one in force.
 */
export class Catalogue {
  readonly #sources: readonly FieldTables[];
  readonly #names: readonly NameTable<true>[];

  constructor(configured: Catalog = {}, bundled: Catalog = BUNDLED_MODELS) {
    this.#sources = [configured, bundled].map(fieldTables);
    this.#names = [configured, bundled].map(
      (catalog) => new NameTable(Object.keys(catalog).map((name) => [name, true] as const)),
    );
  }

  /** `names`: of one model, what clients call it first, then what its endpoints do. */
  find(...names: readonly string[]): ModelTraits {
    const field = <F extends Field>(name: F): ModelTraits[F] => {
      for (const tables of this.#sources) {
        const value = tables[name].find(...names);
        if (value !== undefined) return value;
      }
      return UNKNOWN[name];
    };
    const provider = field('provider');
    return {
      provider: provider === undefined ? undefined : canonicalProvider(provider),
      quality: field('quality'),
      contextWindow: field('contextWindow'),
      maxOutput: field('maxOutput'),
      tools: field('tools'),
      structured: field('structured'),
      vision: field('vision'),
    };
  }

  /** Whether an entry says anything of the model, be it its price. */
  has(...names: readonly string[]): boolean {
    return this.#names.some((table) => table.find(...names) === true);
  }
}

function fieldTables(catalog: Catalog): FieldTables {
  const entries = Object.entries(catalog);
  const table = <F extends Field & keyof CatalogEntry>(field: F): FieldTables[F] => {
    const known = entries.flatMap(([name, entry]) => {
      const value = entry[field];
      return value === undefined ? [] : [[name, value] as const];
    });
    return new NameTable(known) as unknown as FieldTables[F];
  };
  return {
    provider: table('provider'),
    quality: table('quality'),
    contextWindow: table('contextWindow'),
    maxOutput: table('maxOutput'),
    tools: table('tools'),
    structured: table('structured'),
    vision: table('vision'),
  };
}
