import { json } from '../json.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import type { MessageName } from './fields.ts';
import { MESSAGES } from './fields.ts';

/** Something in a request that the API's definition has no place for. */
export interface FieldFault {
  /** Path in snake case, `''` for the request itself. */
  readonly field: string;
  readonly description: string;
}

export interface ReadMessage {
  /** With camel-case names, without what is unknown. */
  readonly value: Body;
  readonly faults: readonly FieldFault[];
}

const camel = (name: string): string =>
  name.includes('_') ? name.replaceAll(/_([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase()) : name;
const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const SCALARS: Readonly<Record<string, { readonly type: string; readonly fits: (value: unknown) => boolean }>> = {
  string: { type: 'TYPE_STRING', fits: (value) => typeof value === 'string' },
  // Proto JSON takes numbers as strings too.
  number: { type: 'TYPE_FLOAT', fits: (value) => value !== '' && Number.isFinite(Number(value)) },
  integer: { type: 'TYPE_INT32', fits: (value) => value !== '' && Number.isInteger(Number(value)) },
  boolean: { type: 'TYPE_BOOL', fits: (value) => typeof value === 'boolean' },
};
const PACKAGE = 'type.googleapis.com/google.ai.generativelanguage.v1beta';

class Reader {
  readonly faults: FieldFault[] = [];

  message(given: Body, name: MessageName, path: string): Body {
    const fields: Readonly<Record<string, string>> = MESSAGES[name];
    const read: Record<string, unknown> = {};
    for (const [written, value] of Object.entries(given)) {
      const field = camel(written);
      const type = Object.hasOwn(fields, field) ? fields[field] : undefined;
      if (type === undefined) this.#unknown(written, path);
      else if (value !== null) {
        const place = path === '' ? snake(field) : `${path}.${snake(field)}`;
        const found = this.#field(value, type, place);
        if (found !== undefined) read[field] = found;
      }
    }
    return read;
  }

  #field(value: unknown, type: string, path: string): unknown {
    if (!type.endsWith('[]')) return this.#one(value, type, path);
    const inner = type.slice(0, -2);
    // A list of one may be written without its brackets.
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.map((one, at) => this.#one(one, inner, `${path}[${at}]`)).filter((one) => one !== undefined);
  }

  #one(value: unknown, type: string, path: string): unknown {
    if (type === 'any') return value;
    if (type === 'SchemaMap') return this.#schemas(value, path);
    const scalar = SCALARS[type];
    if (scalar !== undefined) {
      if (scalar.fits(value))
        return scalar.type === 'TYPE_FLOAT' || scalar.type === 'TYPE_INT32' ? Number(value) : value;
      return this.#wrong(value, scalar.type, path);
    }
    if (isBody(value)) return this.message(value, type as MessageName, path);
    return this.#wrong(value, `${PACKAGE}.${type}`, path);
  }

  #schemas(value: unknown, path: string): unknown {
    const entries = Object.entries(isBody(value) ? value : {});
    return Object.fromEntries(
      entries.map(([name, schema], at) => [name, this.#one(schema, 'Schema', `${path}[${at}].value`)]),
    );
  }

  #unknown(name: string, path: string): void {
    const where = path === '' ? '' : ` at '${path}'`;
    const description = `Invalid JSON payload received. Unknown name ${json(name)}${where}: Cannot find field.`;
    this.faults.push({ field: path, description });
  }

  #wrong(value: unknown, type: string, path: string): undefined {
    this.faults.push({ field: path, description: `Invalid value at '${path}' (${type}), ${json(value)}` });
  }
}

/** A request read by the API's definition: names in camel case or snake case, faults in the order of the text. */
export function readMessage(body: unknown, name: MessageName): ReadMessage {
  const reader = new Reader();
  const value = reader.message(isBody(body) ? body : {}, name, '');
  return { value, faults: reader.faults };
}
