import { errorReply } from '../dialects/errors.ts';
import type { DialectContext, JsonReply, StoredObject } from '../dialects/reply.ts';
import type { IdForm, Making, Place, Resource } from './resource.ts';
import { composed, ordered, shapeOf } from './shape.ts';
import type { Fields } from './shape.ts';

export function unixSeconds(context: DialectContext): number {
  return Math.floor(context.now() / 1000);
}

/** `/v1/vector_stores/{vector_store_id}/files` → `/v1/vector_stores/vs_1/files`. */
export function placeOf(resource: Resource, params: Readonly<Record<string, string>>, context: DialectContext): Place {
  const collection = resource.path.replaceAll(/\{([^}]+)\}/g, (_all, name: string) => params[name] ?? '');
  return { resource, collection, params, context };
}

export function newId(form: IdForm, context: DialectContext): string {
  return form.prefix + ('hex' in form ? context.random.hex(form.hex) : context.random.alnum(form.alnum));
}

/** Makes an object and keeps it. `id` is given when one is invented. */
export function make(place: Place, body: Fields, id?: string): StoredObject {
  plant(place);
  const { resource, params, context } = place;
  const early = { body, params, context, now: unixSeconds(context) };
  const made: Making = {
    ...early,
    id: id ?? (typeof resource.id === 'function' ? resource.id(early) : newId(resource.id, context)),
  };
  const { fields = {}, hidden = {}, content } = resource.make?.(made) ?? {};
  const fixed = { id: made.id, created_at: made.now, metadata: metadataOf(body), ...fields };
  const shape = shapeOf(resource.shape);
  const known = Object.fromEntries(
    Object.entries(fixed).filter(([name]) => name in fields || declares(shape.fields, name)),
  );
  const object: StoredObject = {
    id: made.id,
    body: composed(shape, known, body, resource.order),
    hidden: { madeAt: context.now(), ...hidden },
    content,
  };
  keep(place, object);
  resource.afterCreate?.(object, place);
  if (resource.announces !== undefined) {
    const status = (): string | undefined => {
      const now = find(place, made.id)?.body['status'];
      return typeof now === 'string' ? now : undefined;
    };
    context.webhooks?.announce({ id: made.id, status, events: resource.announces });
  }
  return object;
}

function declares(fields: Fields | undefined, name: string): boolean {
  return fields !== undefined && (name in fields || `${name}?` in fields);
}

function metadataOf(body: Fields): unknown {
  return body['metadata'] ?? {};
}

export function keep(place: Place, object: StoredObject): void {
  place.context.objects.put(place.collection, object);
}

/** Keeps the object with these fields changed and answers the new one. */
export function change(place: Place, object: StoredObject, fields: Fields, hidden: Fields = {}): StoredObject {
  const body = ordered(shapeOf(place.resource.shape), { ...object.body, ...fields }, place.resource.order);
  const changed = { ...object, body, hidden: { ...object.hidden, ...hidden } };
  keep(place, changed);
  return changed;
}

/** Makes what is there from the start, once. */
function plant(place: Place): void {
  const { resource, collection, context } = place;
  const mark = `${collection}/#planted`;
  if (resource.seed === undefined || context.objects.get(mark, mark) !== undefined) return;
  context.objects.put(mark, { id: mark, body: {}, hidden: {} });
  for (const body of resource.seed(place)) make(place, body, typeof body['id'] === 'string' ? body['id'] : undefined);
}

/** The object as it is now; nothing when it never was, or is no more. */
export function find(place: Place, id: string): StoredObject | undefined {
  plant(place);
  const object = place.context.objects.get(place.collection, id);
  if (object === undefined) return undefined;
  const { settle } = place.resource;
  const settled = settle === undefined ? object : settle(object, place);
  if (settled === undefined) forget(place, object);
  return settled;
}

export function all(place: Place): readonly StoredObject[] {
  plant(place);
  return place.context.objects.all(place.collection).flatMap(({ id }) => find(place, id) ?? []);
}

export function forget(place: Place, object: StoredObject): void {
  place.context.objects.delete(place.collection, object.id);
  place.context.objects.drop(`${place.collection}/${object.id}`);
  place.resource.afterDelete?.(object, place);
}

/** The object, or the provider's refusal; with lenient ids one is invented. Parents first. */
export function located(place: Place): StoredObject | { readonly refused: JsonReply } {
  const { resource, params, context } = place;
  const orphan = missingParent(place);
  if (orphan) return { refused: orphan };
  const id = params[resource.param] ?? '';
  const object = find(place, id);
  if (object !== undefined) return object;
  return context.lenientIds ? make(place, {}, id) : { refused: notFound(resource, id, place) };
}

/** The refusal when something above does not exist. */
export function missingParent({ resource, params, context }: Place): JsonReply | undefined {
  if (resource.parent === undefined) return undefined;
  const parent = located(placeOf(resource.parent, params, context));
  return 'refused' in parent ? parent.refused : undefined;
}

export function notFound(resource: Resource, id: string, { params, context }: Place): JsonReply {
  const noun = resource.name.replaceAll(/[._]/g, ' ').replace(/s$/, '');
  const missing = resource.missing?.(id, params) ?? { message: `No ${noun} found with id '${id}'.` };
  const { message, param = null, code = null } = missing;
  return errorReply(404, { message, type: 'invalid_request_error', param, code }, context);
}
