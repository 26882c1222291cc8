import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { LearntAnswer } from '../../generation/opaque-request.ts';
import { parseObject } from '../../wire/json-object.ts';
import { secretName } from '../client-secret.ts';
import type { RequestContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';
import { referencesPassed } from './asked-references.ts';
import { objectNotFound } from './not-yours.ts';
import { type ObjectPath, objectPath } from './object-path.ts';
import { assertOwn, callerOf, type Named, rememberOwn } from './ownership.ts';

/** Families whose objects have parts: a part is reached through its object alone, and needs no owner of its own. */
const WITH_PARTS: ReadonlySet<string> = new Set([
  'assistants',
  'containers',
  'conversations',
  'evals',
  'skills',
  'threads',
  'vector_stores',
]);

/** Members in which a provider names what it has made for the object that it shows: the results of a batch, a file of an upload. */
const RESULTS: Readonly<Record<string, readonly string[]>> = {
  batches: ['output_file_id', 'error_file_id', 'responsesFile'],
  fine_tuning: ['result_files'],
  threads: ['thread_id'],
  uploads: ['file'],
};

/** Throws where a request that is passed through is about something that is not its caller's, or names it in its body. */
export async function assertPassedObjects(context: RequestContext, runtime: Runtime): Promise<void> {
  const { governed } = runtime;
  const { passthrough: state, protocol, head } = context;
  if (!governed || !state) return;
  if (state.clientSecret !== undefined) {
    const name = secretName(state.clientSecret);
    const minted = (await governed.owners.find([name])).get(name);
    state.secretOwner = minted?.owner;
    state.secretCredential = minted?.credential;
  }
  const path = objectPath(head, protocol.family);
  // Elsewhere a path that names a model is a call of that model.
  const isCall = state.rule.family === 'other' && state.model !== undefined;
  const named = path === undefined || isCall ? [] : namedBy(context, path);
  await assertOwn(context, runtime, [...named, ...referencesPassed(context)]);
}

function namedBy({ protocol: { family } }: RequestContext, { collection, root, inQuery }: ObjectPath): Named[] {
  const ids = root === undefined ? inQuery : [root, ...inQuery];
  return ids.map((one) => ({ id: one, missing: (id) => objectNotFound(family, collection, id) }));
}

/** Remembers for its caller what a request made, by the ids that were found in the answer. */
export function rememberPassed(
  context: RequestContext,
  runtime: Runtime,
  { endpoint, credential, body }: LearntAnswer,
  created: readonly string[],
): void {
  const { governed } = runtime;
  const { passthrough: state, protocol, head } = context;
  if (!governed || !state || callerOf(context) === undefined) return;
  const path = objectPath(head, protocol.family);
  const { family: kind } = state.rule;
  const isPart = path?.root !== undefined && WITH_PARTS.has(path.collection);
  if (!isPart) rememberOwn(context, runtime, created, { endpoint, credential, kind });
  // Elsewhere below an object stands what its owner wrote, and not the provider.
  if (path && (head.method === 'POST' || path.root === undefined || path.isWhole)) {
    const results = resultsIn(path.collection, parseObject(body.toString()) ?? {});
    rememberOwn(context, runtime, results, { endpoint, credential, kind });
  }
}

/** After the answer: what was deleted has no owner any more. */
export function forgetDeleted({ head, protocol, status }: RequestContext, { governed }: Runtime): void {
  if (!governed || head.method !== 'DELETE' || status < 200 || status >= 300) return;
  const path = objectPath(head, protocol.family);
  if (path?.root !== undefined && path.isWhole) governed.owners.forget(path.root);
}

/** Ids of results in an object, in the objects of a list, and in what Gemini calls its `response`. */
function resultsIn(collection: string, answer: JsonObject): string[] {
  const names = RESULTS[collection] ?? [];
  const { data, response } = answer;
  const objects = [answer, response, ...(Array.isArray(data) ? data : [])].filter(isJsonObject);
  return objects.flatMap((object) => names.flatMap((name) => idsIn(object[name])));
}

function idsIn(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  const id = isJsonObject(value) ? (value['id'] ?? value['name']) : value;
  return typeof id === 'string' && id !== '' ? [id.slice(id.lastIndexOf('/') + 1)] : [];
}
