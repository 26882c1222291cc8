import { ProxyError } from '../core/errors.ts';
import { MODEL_LISTS } from '../protocols/model-lists.ts';
import type { ListedModelEntry } from '../protocols/types.ts';
import type { RequestContext } from './context.ts';
import { asksForAuto } from './auto/auto-name.ts';
import { answerHeaders } from './headers.ts';
import { aliasedModel, type Principal } from './principal.ts';
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

type Served = Pick<Runtime, 'catalogue' | 'model' | 'governed' | 'auto'>;

const OWNER = 'llmproxy';
/** Names the endpoints whose part of the list is missing or out of date. */
const INCOMPLETE = 'x-llmproxy-incomplete';

/**
 * Answers `GET /v1/models` and `GET /v1/models/{id}` in the form of the client's family. The list is made of the configuration; the endpoints of the model
 * `*` are asked for what they list. A caller with a virtual key is told of the models that the key may use, and of its names for
 * them. Throws ProxyError `model_not_found`.
 */
export function answerModels(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const { subject, principal } = context;
  const { models } = runtime;
  const form = MODEL_LISTS[context.protocol.family];
  if (subject !== undefined) return answer(context, form.one(retrieveModel(subject, runtime, principal)));
  const open = models.find(({ name }) => name === '*');
  return open
    ? answerOpen(context, runtime, open)
    : answer(context, form.list(permitted(context, runtime), queryOf(context)));
}

function queryOf({ head }: RequestContext): URLSearchParams {
  return new URLSearchParams(head.query);
}

async function answerOpen(context: RequestContext, runtime: Runtime, { router }: ModelRuntime): Promise<void> {
  const { upstreamModels } = runtime;
  const { models, incomplete } = await upstreamModels.list(router.endpoints, context.head.headers);
  const notes: [string, string][] = incomplete.length === 0 ? [] : [[INCOMPLETE, incomplete.join(', ')]];
  answer(
    context,
    MODEL_LISTS[context.protocol.family].list(permitted(context, runtime, models), queryOf(context)),
    notes,
  );
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

/** What the caller may use of them: the names that its key has of its own, then the models that its key may use. */
function permitted(
  { principal }: Pick<RequestContext, 'principal'>,
  runtime: Served,
  listed: readonly ListedModel[] = [],
): readonly ListedModelEntry[] {
  const { catalogue, governed } = runtime;
  if (governed === undefined) return allModels(catalogue, listed);
  const aliases = [...(principal?.holder?.key?.modelAliases.keys() ?? [])].filter((name) =>
    usable(principal, name, runtime),
  );
  const own = allModels(catalogue, listed).filter(({ id }) => !aliases.includes(id) && usable(principal, id, runtime));
  return [...aliases.map((name) => entry(name, catalogue.created)), ...own];
}

/** Whether a request of the caller for that name would find a model that its key may use. */
function usable(principal: Principal | undefined, name: string, served: Served): boolean {
  const asked = aliasedModel(principal, name);
  if (asksForAuto(asked, served)) return true;
  const { model, governed } = served;
  const found = model(asked);
  if (found === undefined) return false;
  return governed?.stages.isPermitted(principal, found, publicName(found, asked), governed) ?? true;
}

/** The model of that name. Throws ProxyError `model_not_found` for a name that no model takes, or that the caller may not use. */
export function retrieveModel(id: string, runtime: Served, principal?: Principal): ListedModelEntry {
  if (!usable(principal, id, runtime))
    throw new ProxyError('model_not_found', `The model '${id}' does not exist`, { param: 'model' });
  return entry(id, runtime.catalogue.created);
}

function entry(id: string, created: number, owner = OWNER): ListedModelEntry {
  return { id, created, owner };
}
