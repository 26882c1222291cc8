import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as addFormats from 'ajv-formats';
import { isSdkOperation } from '../setup/sdk-operations.ts';

const shared = process.env['LLMPROXY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const file = resolve(shared, 'openai/openapi.reality.json');

/** Whether the published specification is there to judge by. */
export const specificationIsThere = existsSync(file);

interface Content {
  readonly schema?: object;
}
interface Operation {
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}
interface Specification {
  readonly components: { readonly schemas: Record<string, object> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** `nullable` and a boolean `exclusiveMinimum` are no keywords of JSON Schema 2020-12; what they mean is said in one that is. */
function spelledOut(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('exclusiveMinimum' in value && value.exclusiveMinimum === true && 'minimum' in value) {
    const { minimum, ...schema } = value;
    return { ...schema, exclusiveMinimum: minimum };
  }
  if (!('nullable' in value)) return value;
  const { nullable, ...schema } = value;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** Lists of a stored completion's messages hold the request's messages: the specification's own example does, its schema allows the assistant's alone. */
function withRolesOfRequests(specification: Specification): Specification {
  const { schemas } = specification.components;
  schemas['ChatCompletionMessageList'] = JSON.parse(
    JSON.stringify(schemas['ChatCompletionMessageList']).replaceAll(
      '/ChatCompletionResponseMessage"',
      '/StoredMessage"',
    ),
  ) as object;
  const message = structuredClone(schemas['ChatCompletionResponseMessage']) as { properties: Record<string, object> };
  message.properties['role'] = { type: 'string' };
  schemas['StoredMessage'] = message;
  return specification;
}

/** Answers of transcriptions are unions whose members overlap: whatever has a text is the plain one too. */
function withOverlaps(specification: Specification): Specification {
  for (const path of ['/audio/transcriptions', '/audio/translations']) {
    const content = specification.paths[path]?.['post']?.responses?.['200']?.content?.['application/json'];
    const schema: { oneOf?: unknown; anyOf?: unknown } | undefined = content?.schema;
    if (schema?.oneOf === undefined) continue;
    schema.anyOf = schema.oneOf;
    delete schema.oneOf;
  }
  return specification;
}

const NULLABLE = [
  'conversation_id',
  'status_details',
  'usage',
  'transcript',
  'transcription',
  'language',
  'noise_reduction',
  'include',
  'prompt',
  'turn_detection',
  'idle_timeout_ms',
];

/** Recorded sessions of the realtime interface have every key, with null for what is not set; the schemas allow most of them no null. */
function withRecordedNulls(specification: Specification): Specification {
  const { schemas } = specification.components;
  const names = [
    'RealtimeSessionCreateResponseGA',
    'RealtimeTranscriptionSessionCreateResponseGA',
    'AudioTranscriptionResponse',
    'RealtimeResponse',
    'RealtimeConversationItemMessageUser',
    'RealtimeConversationItemMessageAssistant',
  ];
  const allowed = (name: string, value: unknown): unknown =>
    NULLABLE.includes(name) && typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { anyOf: [value, { type: 'null' }] }
      : value;
  const walked = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walked);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, allowed(name, walked(inner))]));
  };
  for (const name of names) schemas[name] = walked(schemas[name]) as object;
  return specification;
}

interface EventSchema {
  readonly properties?: { readonly type?: { readonly enum?: readonly string[] } };
  readonly anyOf?: readonly EventSchema[];
}

function eventSchemas(
  schemas: Readonly<Record<string, EventSchema>>,
  names = /^Response(?!StreamEvent$).*Event$/,
): ReadonlyMap<string, string> {
  const typesOf = (schema: EventSchema): readonly string[] => [
    ...(schema.properties?.type?.enum ?? []),
    ...(schema.anyOf ?? []).flatMap(typesOf),
  ];
  const events = Object.entries(schemas).filter(([name]) => names.test(name));
  return new Map(events.flatMap(([name, schema]) => typesOf(schema).map((type) => [type, name] as const)));
}

/** Judges answers and events by the published specification; throws what is wrong with one. */
export class Judge {
  readonly #spec = withRecordedNulls(
    withOverlaps(withRolesOfRequests(JSON.parse(readFileSync(file, 'utf8'), spelledOut) as Specification)),
  );
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  readonly #compiled = new Map<string, ValidateFunction>();
  /** `METHOD path` of every operation whose answer was judged. */
  readonly seen = new Set<string>();

  /** Component names by event type. */
  readonly #eventSchemas = eventSchemas(this.#spec.components.schemas);

  readonly #realtimeSchemas = eventSchemas(this.#spec.components.schemas, /^RealtimeServerEvent./);

  constructor() {
    addFormats.default.default(this.#ajv);
    this.#ajv.addFormat('unixtime', true);
    this.#ajv.addFormat('binary', true);
    this.#ajv.addSchema(this.#spec, 'spec');
  }

  /** Judges the answer of an operation: `POST`, `/v1/threads/thread_1/runs`. */
  answer(method: string, path: string, value: unknown): void {
    const found = this.#pathOf(method, path.replace(/^\/v1/, ''));
    // The official package is ahead of the copy of the specification: what it alone knows cannot be judged by that.
    if (found === undefined && isSdkOperation(method, path.startsWith('/v1') ? path : `/v1${path}`)) return;
    if (found === undefined) throw new Error(`the specification has no ${method} ${path}`);
    this.seen.add(`${method} ${found}`);
    const responses = this.#spec.paths[found]?.[method.toLowerCase()]?.responses ?? {};
    const status = Object.keys(responses).find((code) => code.startsWith('2')) ?? '200';
    if (responses[status]?.content?.['application/json']?.schema === undefined) return;
    const pointer = [
      'paths',
      found,
      method.toLowerCase(),
      'responses',
      status,
      'content',
      'application/json',
      'schema',
    ];
    this.#check(pointer, value, `${method} ${found}`);
  }

  /** Types of all events of Responses streams. */
  get eventTypes(): readonly string[] {
    const { anyOf = [] } = this.#spec.components.schemas['ResponseStreamEvent'] as {
      anyOf?: readonly { $ref: string }[];
    };
    const components = new Set(anyOf.map(({ $ref }) => $ref.split('/').at(-1)));
    return [...this.#eventSchemas].filter(([, name]) => components.has(name)).map(([type]) => type);
  }

  /** Judges an event of a Responses stream by its type. */
  event(value: { readonly type: string }): void {
    const name = this.#eventSchemas.get(value.type);
    if (name === undefined) throw new Error(`the specification has no event ${value.type}`);
    this.component(name, value);
  }

  /** Judges an event of a realtime session by its type. */
  realtimeEvent(value: { readonly type: string }): void {
    const name = this.#realtimeSchemas.get(value.type);
    if (name === undefined) throw new Error(`the specification has no realtime event ${value.type}`);
    this.component(name, value);
  }

  /** Judges a value by a named component. */
  component(name: string, value: unknown): void {
    this.#check(['components', 'schemas', name], value, name);
  }

  /** A `fetch` for the official client that judges every JSON success on its way. */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input, init);
    const json = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    if (!response.ok || !json || response.headers.get('content-length') === '0') return response;
    const url = new URL(input instanceof Request ? input.url : input);
    this.answer((init?.method ?? 'GET').toUpperCase(), url.pathname, await response.clone().json());
    return response;
  };

  #check(pointer: readonly string[], value: unknown, what: string): void {
    const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    const ref = `spec#/${escaped.join('/')}`;
    const validate = this.#compiled.get(ref) ?? this.#ajv.compile({ $ref: ref });
    this.#compiled.set(ref, validate);
    if (validate(value)) return;
    const faults = validate.errors?.slice(0, 8).map((error) => `${error.instancePath} ${error.message}`) ?? [];
    throw new Error(
      `${what} does not fit the specification: ${faults.join('; ')} in ${JSON.stringify(value).slice(0, 2000)}`,
    );
  }

  #pathOf(method: string, path: string): string | undefined {
    const segments = path.split('/');
    const fits = (known: string): boolean => {
      const wanted = known.split('/');
      return (
        wanted.length === segments.length &&
        wanted.every((segment, at) => segment.startsWith('{') || segment === segments[at]) &&
        this.#spec.paths[known]?.[method.toLowerCase()] !== undefined
      );
    };
    const names = (known: string): number => known.split('{').length;
    return Object.keys(this.#spec.paths)
      .filter(fits)
      .toSorted((one, other) => names(one) - names(other))[0];
  }
}
