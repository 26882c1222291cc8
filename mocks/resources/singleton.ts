import { answerJson } from '../dialects/answer.ts';
import { badRequest, unparsableBody } from '../dialects/errors.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredObject } from '../dialects/reply.ts';
import { isBody } from '../dialects/validate.ts';
import type { Resource } from './resource.ts';
import { composed, shapeOf } from './shape.ts';
import type { Fields } from './shape.ts';
import { missingParent, placeOf } from './store.ts';

/** A setting of which there is one: read, changed, perhaps deleted. */
export interface Singleton {
  readonly name: string;
  readonly doc: string;
  readonly path: string;
  readonly parent?: Resource;
  readonly shape: string;
  /** What is read before anything was set. */
  readonly preset?: Fields;
  /** Fields of an update under the names that are shown; default as they came. */
  readonly update?: (body: Fields) => Fields;
  /** What a deletion answers; it then is as before anything was set. */
  readonly deleted?: Fields;
}

/** The settings share one collection, each under its path. */
const COLLECTION = '#settings';

function keyOf({ path }: DialectRequest): string {
  return path;
}

function objectOf(singleton: Singleton, given: Fields): Fields {
  const fixed = { ...singleton.preset, ...given };
  const shape = shapeOf(singleton.shape);
  const declared = Object.entries(fixed).filter(([name]) => shape.fields?.[name] ?? shape.fields?.[`${name}?`]);
  return composed(shape, Object.fromEntries(declared), {}, ['object']);
}

function checked(
  singleton: Singleton,
  answer: (request: DialectRequest, context: DialectContext) => Reply,
): Operation['handle'] {
  return (request, context) => {
    const { parent, name, doc } = singleton;
    if (parent === undefined) return answer(request, context);
    const within = { ...parent, name, doc, parent };
    return missingParent(placeOf(within, request.params, context)) ?? answer(request, context);
  };
}

/** Its operations: retrieve, update, and delete where there is one. */
export function singletonOperations(singleton: Singleton): readonly Operation[] {
  const { name, path } = singleton;
  const read = (request: DialectRequest, context: DialectContext): Reply => {
    const kept = context.objects.get(COLLECTION, keyOf(request));
    return answerJson(context, kept?.body ?? objectOf(singleton, {}));
  };
  const change = (request: DialectRequest, context: DialectContext): Reply => {
    if (!isBody(request.body)) return unparsableBody(context);
    if (Object.keys(request.body).length === 0) return badRequest(context, 'Nothing to change was given.');
    const kept = context.objects.get(COLLECTION, keyOf(request))?.body ?? {};
    const given = { ...kept, ...(singleton.update?.(request.body) ?? request.body) };
    const object: StoredObject = { id: keyOf(request), body: objectOf(singleton, given), hidden: {} };
    context.objects.put(COLLECTION, object);
    return answerJson(context, object.body);
  };
  const remove = (request: DialectRequest, context: DialectContext): Reply => {
    context.objects.delete(COLLECTION, keyOf(request));
    return answerJson(context, singleton.deleted);
  };
  return [
    { id: `${name}.retrieve`, method: 'GET', path, handle: checked(singleton, read) },
    { id: `${name}.update`, method: 'POST', path, handle: checked(singleton, change) },
    ...(singleton.deleted === undefined
      ? []
      : [{ id: `${name}.delete`, method: 'DELETE' as const, path, handle: checked(singleton, remove) }]),
  ];
}
