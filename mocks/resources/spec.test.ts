import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { isSdkOperation } from '../../tests/setup/sdk-operations.ts';
import { resourceOperations } from './index.ts';
import { wholeLife } from './life-cycle.fixture.ts';
import type { Answer } from './testing.ts';
import { testApi } from './testing.ts';

const shared = process.env['LLMPROXY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const file = resolve(shared, 'openai/openapi.reality.json');
const absent = existsSync(file) ? '' : ` (skipped: no specification at ../shared/openai; set LLMPROXY_SHARED)`;

type Media = Readonly<Record<string, { readonly schema?: object }>>;
interface SpecOperation {
  readonly responses: Readonly<Record<string, { readonly content?: Media }>>;
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

function specification() {
  // The body of a skipped suite runs all the same.
  const text = absent === '' ? readFileSync(file, 'utf8') : '{"paths":{}}';
  const document = JSON.parse(text, spelledOut) as {
    paths: Record<string, Record<string, SpecOperation>>;
  };
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default.default(ajv);
  ajv.addFormat('unixtime', true);
  ajv.addSchema(document, 'spec');
  const compiled = new Map<string, ValidateFunction>();
  const paths = Object.keys(document.paths).toSorted((a, b) => a.split('{').length - b.split('{').length);
  const pathOf = (path: string): string | undefined =>
    paths.find((one) => new RegExp(`^/v1${one.replaceAll(/\{\w+\}/g, '[^/]+').replace('?', '\\?')}$`).test(path));
  const faultOf = ({ method, path, status, body, headers }: Answer): string | undefined => {
    const found = pathOf(path);
    const where = `${method} ${path} ${status}`;
    const operation = document.paths[found ?? '']?.[method.toLowerCase()];
    if (found === undefined || operation === undefined) return strangerIn(method, path);
    const content = operation.responses[String(status)]?.content;
    if (status >= 400) return undefined;
    if (operation.responses[String(status)] === undefined) return `${where}: no such status`;
    const type = headers['content-type'] ?? '';
    const schema = content?.['application/json']?.schema;
    if (!type.startsWith('application/json') || schema === undefined) return undefined;
    const pointer = `spec#/paths/${found.replaceAll('/', '~1')}/${method.toLowerCase()}/responses/${status}`;
    const validate =
      compiled.get(pointer) ?? ajv.compile({ $ref: `${encodeURI(pointer)}/content/application~1json/schema` });
    compiled.set(pointer, validate);
    return validate(body) ? undefined : `${where}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`;
  };
  return { faultOf };
}

/** What the specification does not have must at least be an operation of the official package. */
function strangerIn(method: string, path: string): string | undefined {
  return isSdkOperation(method, path)
    ? undefined
    : `${method} ${path}: neither in the specification nor in the package`;
}

/** The table's own path of a request: ids in it are names again. */
function tablePathOf(path: string): string | undefined {
  const fits = (own: string): boolean => new RegExp(`^${own.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const all = resourceOperations.filter((operation) => fits(operation.path));
  return all.toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)[0]?.path;
}

describe.skipIf(absent !== '')(`the specification${absent}`, () => {
  const { faultOf } = specification();

  test('every answer in the life of every resource is valid', () => {
    const api = testApi();
    wholeLife(api);
    expect(api.answers.flatMap((answer) => faultOf(answer) ?? [])).toEqual([]);
  });

  test('the life of the resources has a successful answer of every operation of the table', () => {
    const api = testApi();
    wholeLife(api);
    const answered = new Set(
      api.answers.filter(({ status }) => status < 300).map(({ method, path }) => `${method} ${tablePathOf(path)}`),
    );
    const never = resourceOperations.filter(({ method, path }) => !answered.has(`${method} ${path}`));
    expect(never.map(({ id }) => id)).toEqual([]);
  });

  test('an invented object is as valid as one that was made', () => {
    const api = testApi({ lenientIds: true });
    const reads = resourceOperations.filter(({ method }) => method === 'GET');
    for (const { path } of reads) api('GET', path.slice(3).replaceAll(/\{\w+\}/g, 'never_made'));
    expect(api.answers.flatMap((answer) => faultOf(answer) ?? [])).toEqual([]);
    expect(api.answers.filter(({ status }) => status >= 400).map(({ path, text }) => `${path} ${text}`)).toEqual([
      expect.stringContaining('Video is not ready yet'),
    ]);
  });
});

test('no two operations have the same id, or answer the same requests', () => {
  const ids = resourceOperations.map(({ id }) => id);
  const routes = resourceOperations.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(routes).size).toBe(routes.length);
});

test('an id that was never made is not found, whatever is asked of it', () => {
  const api = testApi();
  const single = resourceOperations.filter(({ path, id }) => path.includes('{') && id !== 'models.delete');
  const found = single
    .filter(
      ({ path }) => !path.includes('{fine_tuned_model_checkpoint}/permissions') || path.endsWith('{permission_id}'),
    )
    .filter(({ path, method }) => {
      const answer = api(method, path.slice(3).replaceAll(/\{\w+\}/g, 'never_made'), {});
      return answer.status !== 404 || (answer.body['error'] as { type?: string }).type !== 'invalid_request_error';
    });
  expect(found.map(({ id }) => id)).toEqual([]);
});
