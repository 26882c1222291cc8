import type { JsonObject } from '../../core/json.ts';

/** What every operation has besides its path and its method. */
export interface Described {
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  readonly description?: string;
  /** Needs no admin token. */
  readonly isOpen?: boolean;
  /** What it needs in place of the admin token, one of several: names under `securitySchemes`. */
  readonly security?: readonly string[];
  readonly parameters?: readonly JsonObject[];
  readonly body?: { readonly schema: JsonObject; readonly isRequired: boolean };
  /** By status. */
  readonly answers: Readonly<Record<string, JsonObject>>;
}

/** The routes of a part of the document: `METHOD path`, with `{name}` for what stands in the path. */
export type Operations = Readonly<Record<string, Described>>;

export function text(more: JsonObject = {}): JsonObject {
  return { type: 'string', ...more };
}

export const time: JsonObject = { type: 'string', format: 'date-time' };
/** A count, an amount or a number of bytes. */
export const amount: JsonObject = { type: 'number', minimum: 0 };
export const whole: JsonObject = { type: 'integer', minimum: 0 };

/** An object that has all of these members, unless `optional` names them. */
export function object(properties: JsonObject, optional: readonly string[] = []): JsonObject {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', ...(required.length === 0 ? {} : { required }), properties };
}

export function arrayOf(items: JsonObject): JsonObject {
  return { type: 'array', items };
}

export function mapTo(schema: JsonObject): JsonObject {
  return { type: 'object', additionalProperties: schema };
}

/** A schema that stands in `components.schemas` under this name. */
export function named(title: string, schema: JsonObject): JsonObject {
  return { title, ...schema };
}

export function answer(description: string, schema: JsonObject, type = 'application/json'): JsonObject {
  return { description, content: { [type]: { schema } } };
}

export function queryParameter(name: string, description: string, schema: JsonObject): JsonObject {
  return { name, in: 'query', description, schema };
}

export function pathParameter(name: string, description: string): JsonObject {
  return { name, in: 'path', required: true, description, schema: text() };
}

/** The paths of a document out of its operations; schemas with a title are moved into `schemas` and referred to. */
export function pathsOf(operations: Operations, schemas: Map<string, JsonObject>): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const [route, described] of Object.entries(operations)) {
    const [method = '', path = ''] = route.split(' ');
    (paths[path] ??= {})[method.toLowerCase()] = hoisted(operationOf(described), schemas) as JsonObject;
  }
  return paths;
}

function operationOf({
  id,
  summary,
  tag,
  description,
  isOpen,
  security,
  parameters,
  body,
  answers,
}: Described): JsonObject {
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    ...(isOpen === true ? { security: [] } : {}),
    ...(security === undefined ? {} : { security: security.map((name) => ({ [name]: [] })) }),
    ...(parameters === undefined || parameters.length === 0 ? {} : { parameters: [...parameters] }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: body.isRequired, content: { 'application/json': { schema: body.schema } } } }),
    responses: { ...answers },
  };
}

function hoisted(value: unknown, schemas: Map<string, JsonObject>): unknown {
  if (Array.isArray(value)) return value.map((item) => hoisted(item, schemas));
  // A number with all its digits is an object of its own kind.
  if (typeof value !== 'object' || value === null || 'rawJSON' in value) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, hoisted(member, schemas)] as const);
  const inner = Object.fromEntries(entries) as JsonObject;
  const { title, ...schema } = inner;
  if (typeof title !== 'string') return inner;
  const known = schemas.get(title);
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
    throw new Error(`two schemas of the document are called ${title}`);
  }
  schemas.set(title, schema);
  return { $ref: `#/components/schemas/${title}` };
}
