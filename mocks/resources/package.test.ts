import { expect, test } from 'vitest';
import { packageLife } from './package-life-cycle.fixture.ts';
import { shapeOf } from './shape.ts';
import type { Shape } from './shape.ts';
import { resources } from './table/index.ts';
import { testApi } from './testing.ts';
import type { Answer } from './testing.ts';

function kindOf(value: unknown): string {
  if (value === null) return 'z';
  return Array.isArray(value) ? 'a' : (typeof value).charAt(0);
}

/** Where a value is not what the official types say of it. */
function faultsOf(value: unknown, shape: Shape, where: string): readonly string[] {
  if (shape.t !== '*' && !shape.t.includes(kindOf(value))) return [`${where} is ${kindOf(value)}, not ${shape.t}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(shape.fields ?? {}).flatMap(([name, inner]) => {
    const own = (value as Record<string, unknown>)[name.replace(/\?$/, '')];
    if (own === undefined) return name.endsWith('?') ? [] : [`${where}.${name} is missing`];
    return faultsOf(own, inner, `${where}.${name}`);
  });
}

/** The object of an answer, or the objects of a list, with the shape that they must have. */
function judged({ path, body, headers }: Answer): readonly string[] {
  if (!headers['content-type']?.startsWith('application/json')) return [];
  const fits = (own: string): boolean => new RegExp(`^${own.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const candidates = resources.filter((row) => fits(row.path) || fits(`${row.path}/{id}`));
  const [row] = candidates.toSorted((a, b) => b.path.length - a.path.length);
  if (row === undefined || body['deleted'] === true) return [];
  const all = Array.isArray(body['data']) ? body['data'] : [body];
  return all.flatMap((one) => faultsOf(one, shapeOf(row.shape), path));
}

/** A text format is a union, of which the generated shape has the first member; the specification knows no type of a voice. */
const OTHERWISE = /text\.format\.schema is missing$|\/audio\/voices\.type is missing$/;

test('what only the official package knows is answered as its types say', () => {
  const api = testApi();
  packageLife(api);
  expect(api.answers.filter(({ status }) => status >= 400).map(({ path, text }) => `${path} ${text}`)).toEqual([]);
  expect(api.answers.flatMap(judged).filter((fault) => !OTHERWISE.test(fault))).toEqual([]);
  expect(api.answers.length).toBeGreaterThan(100);
});
