import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as addFormats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import type { Json, JsonObject } from '../core/json.ts';
import { COMPILED_BYTES, COMPILED_SCHEMAS } from './limits.ts';
import { namesIn } from './reason.ts';
import type { UncheckedReason } from './types.ts';

/** A schema, ready to judge values. */
export interface Validator {
  /** The first error of a value; undefined where it fits. */
  judge(value: Json): ErrorObject | undefined;
  readonly names: ReadonlySet<string>;
}

/** Or why the schema can judge none. */
export type Compiled = Validator | { readonly unusable: UncheckedReason };

/**
 * `ownProperties`: what every object inherits (`constructor`) is no member of an answer. `inlineRefs`: a definition that is referred to
 * a thousand times is compiled once. `optimize`: what it saves at each answer it costs several times over at a schema that is new.
 */
const OPTIONS: Options = {
  strict: false,
  logger: false,
  ownProperties: true,
  inlineRefs: false,
  code: { optimize: false },
};

const DIALECTS: readonly (readonly [RegExp, typeof Ajv | typeof Ajv2019 | typeof Ajv2020])[] = [
  [/^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/, Ajv2020],
  [/^https:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/, Ajv2019],
  [/^https?:\/\/json-schema\.org\/draft-0[67]\/schema#?$/, Ajv],
];

/** Compiles schemas and keeps the latest: by their digest, bounded in count and bytes. Nothing is ever fetched. */
export class Validators {
  readonly #compiled: LRUCache<string, Compiled>;

  constructor(max = COMPILED_SCHEMAS, maxSize = COMPILED_BYTES) {
    this.#compiled = new LRUCache({ max, maxSize });
  }

  get size(): number {
    return this.#compiled.size;
  }

  /** `schema`: JSON text. */
  of(digest: string, schema: string): Compiled {
    const known = this.#compiled.get(digest);
    if (known) return known;
    const compiled = compile(JSON.parse(schema) as JsonObject);
    this.#compiled.set(digest, compiled, { size: Math.max(1, schema.length) });
    return compiled;
  }
}

/** A schema without a dialect is one of 2020-12, or of draft-07 where it is none (`items` with a list). */
function compile(schema: JsonObject): Compiled {
  const { $schema: dialect, ...rest } = schema;
  const named = typeof dialect === 'string' && DIALECTS.find(([uri]) => uri.test(dialect));
  if (dialect !== undefined && !named) return { unusable: 'invalid_schema' };
  const classes = named ? [named[1]] : [Ajv2020, Ajv];
  let refusal: UncheckedReason = 'invalid_schema';
  for (const Dialect of classes) {
    for (const unicodeRegExp of [true, false]) {
      // A validator of its own for each schema: ids of one must not be known to another.
      const ajv = new Dialect({ ...OPTIONS, unicodeRegExp });
      addFormats.default.default(ajv);
      try {
        const validate = ajv.compile<Json>(rest);
        if ('$async' in validate && validate.$async) return { unusable: 'invalid_schema' };
        const judge = (value: Json) => (validate(value) ? undefined : (validate.errors?.[0] ?? undefined));
        return { judge, names: namesIn(schema) };
      } catch (error) {
        if (isRemote(error)) refusal = 'remote_ref';
        // Patterns that only the older syntax allows are common, though the specification asks for the newer one.
        if (!(error instanceof SyntaxError)) break;
      }
    }
  }
  return { unusable: refusal };
}

/** A `$ref` that leads to no place of the schema. */
function isRemote(error: unknown): boolean {
  return error instanceof Ajv.MissingRefError && error.missingSchema !== '';
}
