import { expect, test } from 'vitest';
import { defaultFamilies, FAMILY_SEGMENTS, ROUTE_FAMILIES, routeRule } from './route-families.ts';

test.each([
  ['/images/generations', { family: 'images', model: 'body', keeps: false }],
  ['/audio/transcriptions', { family: 'audio', model: 'body', keeps: false }],
  ['/audio/voices', { family: 'audio', model: 'nowhere', keeps: true }],
  ['/moderations', { family: 'moderations', model: 'body', keeps: false }],
  ['/rerank', { family: 'rerank', model: 'body', keeps: false }],
  ['/messages', { family: 'messages', model: 'body', keeps: false }],
  ['/messages/batches/msgbatch_1', { family: 'batches', model: 'nowhere', keeps: true }],
  ['/responses/compact', { family: 'responses', model: 'body', keeps: false }],
  ['/responses/resp_1/whatever', { family: 'responses', model: 'body', keeps: true }],
  ['/realtime/client_secrets', { family: 'realtime', model: 'session', keeps: true }],
  ['/files/file-1/content', { family: 'files', model: 'nowhere', keeps: true }],
  ['/videos', { family: 'videos', model: 'body', keeps: true }],
  ['/organization/admin_api_keys', { family: 'organization', model: 'nowhere', keeps: true }],
])('%s has the rule of its family', (path, rule) => {
  expect(routeRule(path)).toMatchObject(rule);
});

test.each(['/imagesque', '/filesystem', '/engines/x', '/', ''])('%s is in no family but `other`', (path) => {
  expect(routeRule(path)).toEqual({ family: 'other', model: 'body', keeps: true });
});

test('all families are allowed but those that manage the account', () => {
  expect(defaultFamilies(false)).toEqual(
    ROUTE_FAMILIES.filter((family) => family !== 'organization' && family !== 'projects'),
  );
});

test('where callers need a key only families that name their model are allowed', () => {
  const allowed = defaultFamilies(true);
  expect(allowed).toEqual(expect.arrayContaining(['images', 'audio', 'messages', 'realtime']));
  for (const family of ['files', 'batches', 'fine_tuning', 'assistants', 'evals', 'organization', 'other'] as const)
    expect(allowed).not.toContain(family);
});

test('a method of a model is balanced, unless the provider keeps what it begins', () => {
  expect(routeRule('/models/org/m:predict')).toEqual({ family: 'model_methods', model: 'nowhere', keeps: false });
  for (const method of ['batchGenerateContent', 'asyncBatchEmbedContent', 'predictLongRunning']) {
    expect(routeRule(`/models/m:${method}`).keeps).toBe(true);
  }
});

test('every family has a path, and no two spell the same segment differently', () => {
  const reached = new Set([...FAMILY_SEGMENTS].map((segment) => routeRule(`/${segment}`).family));
  reached.add(routeRule('/models/m:predict').family);
  expect([...reached.add('other')].toSorted()).toEqual([...ROUTE_FAMILIES].toSorted());
});
