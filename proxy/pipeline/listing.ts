import { ProxyError } from '../core/errors.ts';
import { MODEL_LISTS } from '../protocols/model-lists.ts';
import type { ListedModelEntry } from '../protocols/types.ts';
import type { RequestContext } from './context.ts';
import { answerHeaders } from './headers.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';
import type { ListedModel } from '../providers/types.ts';

/** The models that clients are told of. */
export interface ModelCatalogue {
  /** Public names, without `*`. */
  readonly names: readonly string[];
  /** Epoch seconds at which the configuration was taken. */
  readonly created: number;
}

const OWNER = 'llmproxy';
/** Names the endpoints whose part of the list is missing or out of date. */
const INCOMPLETE = 'x-llmproxy-incomplete';

/**
 * Answers `GET /v1/models` and `GET /v1/models/{id}` in the form of the client's family. The list is made of the configuration; the endpoints of the model
 * `*` are asked for what they list. Throws ProxyError `model_not_found`.
 */
export function answerModels(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const { subject } = context;
  const { catalogue, models } = runtime;
  const form = MODEL_LISTS[context.protocol.family];
  if (subject !== undefined) return answer(context, form.one(retrieveModel(subject, runtime)));
  const open = models.find(({ name }) => name === '*');
  return open ? answerOpen(context, runtime, open) : answer(context, form.list(allModels(catalogue), queryOf(context)));
}

function queryOf({ head }: RequestContext): URLSearchParams {
  return new URLSearchParams(head.query);
}

async function answerOpen(context: RequestContext, runtime: Runtime, { router }: ModelRuntime): Promise<void> {
  const { catalogue, upstreamModels } = runtime;
  const { models, incomplete } = await upstreamModels.list(router.endpoints, context.head.headers);
  const notes: [string, string][] = incomplete.length === 0 ? [] : [[INCOMPLETE, incomplete.join(', ')]];
  answer(context, MODEL_LISTS[context.protocol.family].list(allModels(catalogue, models), queryOf(context)), notes);
}

function answer(context: RequestContext, value: object, notes: readonly [string, string][] = []): void {
  const { responder } = context;
  const body = Buffer.from(JSON.stringify(value, null, 2));
  context.status = 200;
  const headers = ['content-type', 'application/json', ...answerHeaders(context, notes)];
  responder.head(200, [...headers, 'content-length', String(body.length)]);
  responder.end(body);
}

/** The configured models, then what the endpoints of `*` list beside them. */
export function allModels(
  { names, created }: ModelCatalogue,
  listed: readonly ListedModel[] = [],
): readonly ListedModelEntry[] {
  const own = new Set(names);
  const others = listed.filter(({ id }) => !own.has(id));
  return [
    ...names.map((name) => entry(name, created)),
    ...others.map((model) => entry(model.id, model.created ?? created, model.owner)),
  ];
}

/** The model of that name. Throws ProxyError `model_not_found` for a name that no model takes. */
export function retrieveModel(
  id: string,
  { catalogue, model }: Pick<Runtime, 'catalogue' | 'model'>,
): ListedModelEntry {
  if (!model(id)) throw new ProxyError('model_not_found', `The model '${id}' does not exist`, { param: 'model' });
  return entry(id, catalogue.created);
}

function entry(id: string, created: number, owner = OWNER): ListedModelEntry {
  return { id, created, owner };
}
