import { inspect } from 'node:util';
import type { Overrides } from './overrides.ts';
import type { Environment } from './variables.ts';

export interface LoadOptions {
  /** Where `${NAME}` is looked up, and `LLMPROXY_DATABASE_URL` and `LLMPROXY_MASTER_KEY`. */
  readonly environment: Environment;
  /** What the command line says instead of the file. */
  readonly overrides?: Overrides;
  /** False: files that the text names (certificates, `cache.key_file`) are not opened, and no fault is looked for in them. */
  readonly readsFiles?: boolean;
}

/** The text that a configuration was made of, and how it was read. Shows itself only when asked: the text may hold credentials. */
export class ConfigOrigin {
  /** The file as it was named. */
  readonly name: string;
  readonly #text: string;
  readonly #options: LoadOptions;

  constructor(name: string, text: string, options: LoadOptions) {
    this.name = name;
    this.#text = text;
    this.#options = options;
  }

  reveal(): { readonly text: string; readonly options: LoadOptions } {
    return { text: this.#text, options: this.#options };
  }

  toJSON(): object {
    return { name: this.name };
  }

  [inspect.custom](): string {
    return `ConfigOrigin(${this.name})`;
  }
}
