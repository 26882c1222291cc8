import { ProxyError } from '../core/errors.ts';
import { MODEL_LISTS } from '../protocols/model-lists.ts';
import type { ListedModelEntry } from '../protocols/types.ts';
import type { RequestContext } from './context.ts';
import { answerHeaders } from './headers.ts';
import { aliasedModel } from './principal.ts';
import { publicName } from './resolve.ts';
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
 * `*` are asked for what they list. A caller with a virtual key is told of the models that the key may use, and of its names for
 * them. Throws ProxyError `model_not_found`.
 */
export function answerModels(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const { subject } = context;
  const { models } = runtime;
  const form = MODEL_LISTS[context.protocol.family];
  if (subject !== undefined) return answer(context, form.one(retrieveModel(subject, seenBy(context, runtime))));
  const open = models.find(({ name }) => name === '*');
  return open
    ? answerOpen(context, runtime, open)
    : answer(context, form.list(listedModels(context, runtime), queryOf(context)));
}

/** The models as the caller may see them: one that its key may not use does not exist. */
function seenBy({ principal }: RequestContext, runtime: Runtime): Pick<Runtime, 'catalogue' | 'model'> {
  const { governed, catalogue } = runtime;
  if (governed === undefined) return runtime;
  return {
    catalogue,
    model: (name) => {
      const asked = aliasedModel(principal, name);
      const model = runtime.model(asked);
      return model && governed.stages.isPermitted(principal, model, publicName(model, asked)) ? model : undefined;
    },
  };
}

function listedModels(
  context: RequestContext,
  runtime: Runtime,
  listed?: readonly ListedModel[],
): readonly ListedModelEntry[] {
  const { catalogue, governed } = runtime;
  const all = allModels(catalogue, listed);
  if (governed === undefined) return all;
  const { model } = seenBy(context, runtime);
  const names = new Set(all.map(({ id }) => id));
  const aliases = [...(context.principal?.holder?.key.modelAliases.keys() ?? [])].filter((name) => !names.has(name));
  return [...all, ...aliases.map((name) => entry(name, catalogue.created))].filter(({ id }) => model(id));
}

function queryOf({ head }: RequestContext): URLSearchParams {
  return new URLSearchParams(head.query);
}

async function answerOpen(context: RequestContext, runtime: Runtime, { router }: ModelRuntime): Promise<void> {
  const { upstreamModels } = runtime;
  const { models, incomplete } = await upstreamModels.list(router.endpoints, context.head.headers);
  const notes: [string, string][] = incomplete.length === 0 ? [] : [[INCOMPLETE, incomplete.join(', ')]];
  const visible = listedModels(context, runtime, models);
  answer(context, MODEL_LISTS[context.protocol.family].list(visible, queryOf(context)), notes);
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
