import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { operations } from '../../mocks/dialects/index.ts';
import { resourceOperations } from '../../mocks/resources/index.ts';
import { modelsFile } from '../../tools/sdk-models.ts';
import { sdkOperations } from '../setup/sdk-operations.ts';

const shared = process.env['LLMPROXY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const file = resolve(shared, 'openai/openapi.reality.json');
const absent = existsSync(file) ? '' : ' (skipped: no specification at ../shared/openai; set LLMPROXY_SHARED)';

/** Names of path parameters do not matter, and `?beta=true` asks the same operation. */
function routeOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replace(/\?.*$/, '').replaceAll(/\{\w+\}/g, '{}')}`;
}

/** Outside /v1 the mock serves the files that its answers link to. */
const answered = [...operations, ...resourceOperations]
  .filter(({ path }) => path.startsWith('/v1/'))
  .map(({ method, path }) => routeOf(method, path.slice(3)));

/** What the official package can call. */
const packaged = sdkOperations().map(({ method, path }) => `${method} ${path.slice(3)}`);

describe.skipIf(absent !== '')(`the published surface${absent}`, () => {
  // The body of a skipped suite runs all the same.
  const { paths } = (absent === '' ? JSON.parse(readFileSync(file, 'utf8')) : { paths: {} }) as {
    paths: Record<string, object>;
  };
  const published = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ['get', 'post', 'delete', 'put', 'patch'].includes(method))
      .map((method) => routeOf(method, path)),
  );

  test('every published operation is answered', () => {
    expect(published.length).toBeGreaterThan(280);
    expect([...new Set(published)].filter((route) => !answered.includes(route))).toEqual([]);
  });

  test('nothing is answered that neither the specification nor the official package has', () => {
    const known = [...published, ...packaged];
    expect(answered.filter((route) => !known.includes(route))).toEqual([]);
  });
});

test('every operation of the official package is answered', () => {
  expect(packaged.length).toBeGreaterThanOrEqual(380);
  expect(packaged).toEqual(expect.arrayContaining(['POST /chat/completions', 'POST /embeddings', 'GET /models/{}']));
  expect(packaged.filter((route) => !answered.includes(route))).toEqual([]);
});

test('the models that the mock lists are those of the official package', () => {
  const file = readFileSync(resolve(import.meta.dirname, '../../mocks/dialects/known-models.json'), 'utf8');
  expect(file, 'run `npm run generate`').toBe(modelsFile());
  expect(JSON.parse(file)).toEqual(expect.arrayContaining(['gpt-6-sol', 'gpt-realtime-2.1', 'text-embedding-3-small']));
});

test('no route has two operations', () => {
  expect(answered.filter((route, index) => answered.indexOf(route) !== index)).toEqual([]);
});
