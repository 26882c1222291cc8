import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import type { GenerationFailure } from '../generation/answer.ts';
import type { RequestContext } from './context.ts';
import { FallbackRun, MOST_FALLBACKS } from './fallback-run.ts';

const FAILURE: GenerationFailure = { kind: 'error', error: new ProxyError('upstream_failed', 'no'), attempts: 3 };

function runOf(model = 'one'): { readonly run: FallbackRun; readonly context: RequestContext } {
  const context = { facts: { model }, scope: 'first', cacheStatus: 'miss' } as unknown as RequestContext;
  return { run: new FallbackRun(context, FAILURE), context };
}

function allOf(run: FallbackRun): string[] {
  const names: string[] = [];
  for (let name = run.next(); name !== undefined; name = run.next()) names.push(name);
  return names;
}

test('names come in their order, those of a later model first, and none twice', () => {
  const { run } = runOf();
  run.follow(['two', 'three', 'one']);
  expect(run.next()).toBe('two');
  run.follow(['four', 'two', 'three']);
  expect(allOf(run)).toEqual(['four', 'three']);
});

test('a request is asked of so many further models and no more', () => {
  const { run } = runOf();
  run.follow(Array.from({ length: 20 }, (_, index) => `m${index}`));
  expect(allOf(run)).toHaveLength(MOST_FALLBACKS);
});

test.each([
  ['plain', 'plain>two'],
  ['a b>c%', 'a%20b%3Ec%25>two'],
  ['modèle\n', 'mod%C3%A8le%0A>two'],
  ['\uD800', '%EF%BF%BD>two'],
])('the name %j stands in the header as %s', (name, value) => {
  const { run } = runOf(name);
  expect(run.headers()).toEqual([]);
  run.begun('two');
  expect(run.headers()).toEqual(['x-llmproxy-fallback', value]);
});

test('who gives up has the exchange of the first model again, and its failure without its attempts', () => {
  const { run, context } = runOf();
  context.scope = 'second';
  context.cacheStatus = 'joined';
  expect(run.giveUp(context)).toEqual({ ...FAILURE, attempts: 0 });
  expect(context).toMatchObject({ scope: 'first', cacheStatus: 'miss' });
});
