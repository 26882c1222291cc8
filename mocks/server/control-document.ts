import type { JsonSchema } from '../rules/shape.ts';

/** Parameters of a query by their names. */
export type Parameters = Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;

/** What of a route the document shows. */
interface DocumentedRoute {
  readonly summary: string;
  readonly query?: Parameters;
  readonly body?: JsonSchema;
}

const JSON_TYPE = 'application/json';

/** The control API as an OpenAPI 3.1 document, out of its routes (`METHOD name`) and the schemas that their bodies are read by. */
export function controlDocument(routes: Readonly<Record<string, DocumentedRoute>>): object {
  const schemas = new Map<string, unknown>();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [route, described] of Object.entries(routes)) {
    const [method = '', name = ''] = route.split(' ');
    (paths[`/__mock/${name}`] ??= {})[method.toLowerCase()] = hoisted(operationOf(method, name, described), schemas);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'llmproxy mock control API',
      version: '1',
      description: 'What tests steer a mock with. Every path is there for each tenant too, below `/t/NAME`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This mock.' }],
    security: [{}, { controlToken: [] }],
    tags: [{ name: 'control', description: 'For the test alone.' }],
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: {
        controlToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token of `--control-token`; a mock on the loopback may have none.',
        },
      },
    },
  };
}

function operationOf(method: string, name: string, { summary, query = {}, body }: DocumentedRoute): object {
  const parameters = Object.entries(query).map(([parameter, described]) => ({
    name: parameter,
    in: 'query',
    ...described,
  }));
  const words = [method.toLowerCase(), ...name.replace('.json', '').split('/')];
  return {
    operationId: words.map((word, at) => (at === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`)).join(''),
    summary,
    tags: ['control'],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: { [JSON_TYPE]: { schema: body } } } }),
    responses: {
      '200': { description: 'Done; what there is now.', content: { [JSON_TYPE]: { schema: { type: 'object' } } } },
      '400': failure('The request cannot be used; the message names the field, what was expected and what came.'),
      '403': failure('The caller may not use the control API.'),
    },
  };
}

function failure(description: string): object {
  const error = { type: 'object', required: ['message'], properties: { message: { type: 'string' } } };
  const schema = { title: 'Failure', type: 'object', required: ['error'], properties: { error } };
  return { description, content: { [JSON_TYPE]: { schema } } };
}

/** Moves every schema with a title into `schemas` and puts a reference in its place. */
function hoisted(value: unknown, schemas: Map<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => hoisted(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, hoisted(member, schemas)] as const);
  const { title, ...schema } = Object.fromEntries(entries);
  if (typeof title !== 'string') return Object.fromEntries(entries);
  schemas.set(title, schema);
  return { $ref: `#/components/schemas/${title}` };
}
