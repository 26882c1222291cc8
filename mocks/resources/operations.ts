import { answerJson, answerText } from '../dialects/answer.ts';
import { missingField, unparsableBody } from '../dialects/errors.ts';
import { listJson, pageOf, refusedListing } from '../dialects/listing.ts';
import type { DialectRequest, Operation, Reply, StoredObject } from '../dialects/reply.ts';
import { isBody } from '../dialects/validate.ts';
import type { Act, Place, Resource, Verb } from './resource.ts';
import type { Fields } from './shape.ts';
import { all, change, forget, located, make, missingParent, placeOf, unixSeconds } from './store.ts';
import { textOf } from './fields.ts';

function pathOf(resource: Resource): string {
  return `${resource.path}/{${resource.param}}`;
}

/** Answers about the object that the path names, or refuses. */
export function onObject(resource: Resource, act: Act): Operation['handle'] {
  return (request, context) => {
    const place = placeOf(resource, request.params, context);
    const object = located(place);
    return 'refused' in object ? object.refused : act(object, place, request);
  };
}

export function shown(object: StoredObject, { context, resource }: Place): Reply {
  const reply = answerJson(context, object.body);
  if (resource.polled !== true || object.body['status'] !== 'in_progress') return reply;
  return { ...reply, headers: [...reply.headers, ['openai-poll-after-ms', String(context.jobStageMs)]] };
}

function create(resource: Resource): Operation['handle'] {
  return (request, context) => {
    const { body, params } = request;
    if (!isBody(body)) return unparsableBody(context);
    const place = placeOf(resource, params, context);
    const orphan = missingParent(place);
    if (orphan) return orphan;
    const missing = resource.required?.find((name) => body[name] === undefined || body[name] === null);
    if (missing !== undefined) return missingField(context, missing);
    const refused = resource.refuse?.({ body, params, context, now: unixSeconds(context) });
    if (refused) return refused;
    const object = make(place, body);
    return answerJson(context, resource.answer?.(object, place) ?? object.body, resource.created);
  };
}

/** A page of a list in the envelope of its resource. */
export function listed(
  objects: readonly StoredObject[],
  { resource, context }: Place,
  { query }: Pick<DialectRequest, 'query'>,
): Reply {
  const rules = resource.list ?? {};
  const refused = refusedListing(query, context, rules);
  if (refused) return refused;
  const { filter } = rules;
  const asked = filter === undefined ? objects : objects.filter((object) => filter(object, query));
  const { data, hasMore } = pageOf(asked, query, ({ id }) => id, rules);
  if (rules.envelope === undefined || rules.envelope === 'edges') {
    const texts = data.map(({ body }) => JSON.stringify(body));
    const ids = data.map(({ id }) => id);
    return answerText(context, listJson(texts, ids, hasMore, rules.none));
  }
  const entries = { object: 'list', data: data.map(({ body }) => body), has_more: hasMore };
  const next = hasMore ? (data.at(-1)?.id ?? null) : null;
  return answerJson(context, rules.envelope === 'next' ? { ...entries, next } : entries);
}

function list(resource: Resource): Operation['handle'] {
  return (request, context) => {
    const place = placeOf(resource, request.params, context);
    return missingParent(place) ?? listed(all(place), place, request);
  };
}

function updated(object: StoredObject, place: Place, request: DialectRequest): Reply {
  const body: Fields = isBody(request.body) ? request.body : {};
  const names = (place.resource.updatable ?? ['metadata']).filter((name) => body[name] !== undefined);
  return shown(change(place, object, Object.fromEntries(names.map((name) => [name, body[name]]))), place);
}

function removed(object: StoredObject, place: Place): Reply {
  const { deleted } = place.resource;
  forget(place, object);
  const kind = `${textOf(object.body['object'])}.deleted`;
  return answerJson(place.context, deleted?.(object) ?? { id: object.id, object: kind, deleted: true });
}

const VERBS: Readonly<Record<Verb, (resource: Resource) => Operation>> = {
  create: (row) => ({ id: `${row.name}.create`, method: 'POST', path: row.path, handle: create(row) }),
  list: (row) => ({ id: `${row.name}.list`, method: 'GET', path: row.path, handle: list(row) }),
  retrieve: (row) => ({
    id: `${row.name}.retrieve`,
    method: 'GET',
    path: pathOf(row),
    handle: onObject(row, shown),
  }),
  update: (row) => ({ id: `${row.name}.update`, method: 'POST', path: pathOf(row), handle: onObject(row, updated) }),
  delete: (row) => ({ id: `${row.name}.delete`, method: 'DELETE', path: pathOf(row), handle: onObject(row, removed) }),
};

/** Everything that can be done with a resource. */
export function operationsOf(resource: Resource): readonly Operation[] {
  return [
    ...resource.verbs.map((verb) => VERBS[verb](resource)),
    ...(resource.actions ?? []).map(({ name, method, suffix, act }) => ({
      id: `${resource.name}.${name}`,
      method,
      path: pathOf(resource) + suffix,
      handle: onObject(resource, act),
    })),
  ];
}
