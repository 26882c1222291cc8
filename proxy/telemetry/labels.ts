/** The names that may become labels: what a client makes up never does, so the number of series stays bounded. */
export interface Catalog {
  /** Configured model names, `*` among them when it is configured. */
  readonly models: readonly string[];
  readonly endpoints: readonly { readonly id: string; readonly provider: string }[];
}

/** Label of requests that name no model. */
const NO_MODEL = 'none';
/** Label of requests for a model that is not configured. */
const OTHER_MODEL = 'other';
const WILDCARD = '*';

/** OpenTelemetry's `gen_ai.operation.name` of our operations (semantic conventions for generative AI metrics). */
const GEN_AI_OPERATIONS: ReadonlyMap<string, string> = new Map([
  ['chat.completions', 'chat'],
  ['responses', 'chat'],
  ['completions', 'text_completion'],
  ['embeddings', 'embeddings'],
]);

export class Labels {
  readonly #models: ReadonlySet<string>;
  readonly #providers: ReadonlyMap<string, string>;

  constructor(catalog: Catalog) {
    this.#models = new Set(catalog.models);
    this.#providers = new Map(catalog.endpoints.map(({ id, provider }) => [id, provider]));
  }

  model(name: string | undefined): string {
    if (name === undefined) return NO_MODEL;
    if (this.#models.has(name)) return name;
    return this.#models.has(WILDCARD) ? WILDCARD : OTHER_MODEL;
  }

  provider(endpoint: string): string {
    return this.#providers.get(endpoint) ?? 'unknown';
  }

  /** Undefined for operations that generate nothing. */
  generation(operation: string): string | undefined {
    return GEN_AI_OPERATIONS.get(operation);
  }
}
