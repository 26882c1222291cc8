import { z } from 'zod';

import { formatPath, type Path } from '../path.ts';
import type { FieldMeta } from '../schema/fields.ts';
import type { Origins } from './origin-of.ts';
import type { Setting } from './row.ts';
import { identityOf, masked, writtenValue } from './value.ts';

/** One place of the schema, and what stands there. */
interface Spot {
  readonly path: Path;
  /** As the text has it, variables filled in; undefined where it says nothing. */
  readonly raw: unknown;
  /** As the schema has read it, defaults filled in. */
  readonly parsed: unknown;
  readonly secret: boolean;
  /** The setting that counts where this one says nothing. */
  readonly above?: Path | undefined;
}

type Members = Readonly<Record<string | number, unknown>>;

const membersOf = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null ? (value as Members) : undefined;

function unwrapped(schema: z.core.$ZodType): { readonly inner: z.core.$ZodType; readonly preset: unknown } {
  if (schema instanceof z.ZodOptional) return unwrapped(schema.unwrap());
  if (!(schema instanceof z.ZodPrefault)) return { inner: schema, preset: undefined };
  return { inner: unwrapped(schema.unwrap()).inner, preset: schema.def.defaultValue };
}

/** What counts where the text says nothing, and the schema has no default. */
export type Implied = Pick<Setting, 'identity'> & Pick<Setting['row'], 'value' | 'source'>;

export interface WalkTerms {
  readonly origins: Origins;
  /** Values that hold variables are shown as they are written. */
  readonly isWritten: boolean;
  /** Undefined = nothing is implied at that path. */
  implied(path: Path, settings: SettingWalk): Implied | undefined;
}

/** The settings of a text in the order of the schema, each with its source. */
export class SettingWalk {
  readonly settings: Setting[] = [];
  readonly #byPath = new Map<string, Setting>();
  readonly #terms: WalkTerms;

  constructor(terms: WalkTerms) {
    this.#terms = terms;
  }

  add(setting: Setting): void {
    this.settings.push(setting);
    this.#byPath.set(setting.row.path, setting);
  }

  at(path: Path): Setting | undefined {
    return this.#byPath.get(formatPath(path));
  }

  /** Adds what is in force of the section at `path`. */
  section(schema: z.core.$ZodType, path: Path, raw: unknown, parsed: unknown): void {
    this.#visit(schema, { path, raw, parsed, secret: false });
  }

  #visit(schema: z.core.$ZodType, spot: Spot): void {
    const { inner, preset } = unwrapped(schema);
    const meta = z.globalRegistry.get(inner) as FieldMeta | undefined;
    const here = { ...spot, secret: spot.secret || meta?.secret === true };
    if (inner instanceof z.ZodObject) this.#members(inner, { ...here, above: aboveOf(here, meta) });
    else if (inner instanceof z.ZodRecord) this.#entries(inner.valueType, here);
    else if (inner instanceof z.ZodArray && unwrapped(inner.element).inner instanceof z.ZodObject) {
      this.#items(inner.element, here);
    } else this.#leaf(here, preset);
  }

  #members({ shape }: z.ZodObject, { path, raw, parsed, secret, above }: Spot): void {
    if (parsed === undefined && above === undefined) return;
    for (const [key, schema] of Object.entries(shape)) {
      this.#visit(schema, {
        path: [...path, key],
        raw: membersOf(raw)?.[key],
        parsed: membersOf(parsed)?.[key],
        secret,
        above: above === undefined ? undefined : [...above, key],
      });
    }
  }

  /** Names of headers are read in lower case. */
  #entries(schema: z.core.$ZodType, { path, raw, parsed, secret }: Spot): void {
    const values = membersOf(parsed);
    for (const [key, given] of Object.entries(membersOf(raw) ?? {})) {
      const value = values?.[key] ?? values?.[key.toLowerCase()];
      this.#visit(schema, { path: [...path, key], raw: given, parsed: value, secret });
    }
  }

  #items(schema: z.core.$ZodType, { path, raw, parsed, secret }: Spot): void {
    const values = membersOf(parsed);
    for (const [index, given] of (Array.isArray(raw) ? raw : []).entries()) {
      this.#visit(schema, { path: [...path, index], raw: given, parsed: values?.[index], secret });
    }
  }

  #leaf({ path, raw, parsed, secret, above }: Spot, preset: unknown): void {
    const general = raw === undefined && above !== undefined ? this.at(above) : undefined;
    if (general !== undefined) {
      this.derive(path, general);
      return;
    }
    const implied = raw === undefined || raw === '' ? this.#terms.implied(path, this) : undefined;
    if (implied !== undefined) {
      const { identity, ...shown } = implied;
      this.add({ row: { path: formatPath(path), keys: path, secret, ...shown }, identity });
      return;
    }
    if (parsed === undefined) return;
    const isGiven = raw !== undefined;
    const length = Array.isArray(raw) ? raw.length : 0;
    const source = isGiven ? this.#terms.origins.of(path, length) : ({ kind: 'default' } as const);
    const shown = this.#terms.isWritten ? this.#terms.origins.written(path, raw) : undefined;
    const value = secret ? masked(parsed) : writtenValue(shown ?? (isGiven ? raw : preset), parsed);
    this.add({ row: { path: formatPath(path), keys: path, value, secret, source }, identity: identityOf(parsed) });
  }

  /** Adds a setting that has the value of another one. */
  derive(path: Path, { row, identity }: Setting): void {
    const source = { kind: 'derived', name: row.path, from: row.source } as const;
    this.add({ row: { ...row, path: formatPath(path), keys: path, source }, identity });
  }
}

/** The settings that count where those of a model or of an endpoint say nothing. */
function aboveOf({ path, raw, above }: Spot, meta: FieldMeta | undefined): Path | undefined {
  if (meta?.kind === 'overrides') return path.slice(-1);
  const isChecked = path.length === 5 && path.at(-1) === 'health_check' && path[0] === 'models';
  return isChecked && raw === undefined ? [...path.slice(0, 2), 'health_check'] : above;
}
