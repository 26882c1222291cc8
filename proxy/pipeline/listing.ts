import { ProxyError } from '../core/errors.ts';
import type { RequestContext } from './context.ts';
import { answerHeaders } from './headers.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';
import type { ListedModel } from '../providers/types.ts';

/** The model list as OpenAI's clients read it. */
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
 * Answers `GET /v1/models` and `GET /v1/models/{id}`. The list is made of the configuration; the endpoints of the model
 * `*` are asked for what they list. Throws ProxyError `model_not_found`.
 */
export function answerModels(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const { subject } = context;
  const { catalogue, models } = runtime;
  if (subject !== undefined) return answer(context, retrieveModel(subject, runtime));
  const open = models.find(({ name }) => name === '*');
  return open ? answerOpen(context, runtime, open) : answer(context, listModels(catalogue));
}

async function answerOpen(context: RequestContext, runtime: Runtime, { router }: ModelRuntime): Promise<void> {
  const { catalogue, upstreamModels } = runtime;
  const { models, incomplete } = await upstreamModels.list(router.endpoints, context.head.headers);
  const notes: [string, string][] = incomplete.length === 0 ? [] : [[INCOMPLETE, incomplete.join(', ')]];
  answer(context, listModels(catalogue, models), notes);
}

function answer(context: RequestContext, text: string, notes: readonly [string, string][] = []): void {
  const { responder } = context;
  const body = Buffer.from(text);
  context.status = 200;
  const headers = ['content-type', 'application/json', ...answerHeaders(context, notes)];
  responder.head(200, [...headers, 'content-length', String(body.length)]);
  responder.end(body);
}

/** Body of `GET /v1/models`: the configured models, then what the endpoints of `*` list beside them. */
export function listModels({ names, created }: ModelCatalogue, listed: readonly ListedModel[] = []): string {
  const own = new Set(names);
  const others = listed.filter(({ id }) => !own.has(id));
  const data = [
    ...names.map((name) => entry(name, created)),
    ...others.map((model) => entry(model.id, model.created ?? created, model.owner)),
  ];
  return JSON.stringify({ object: 'list', data }, null, 2);
}

/** Body of `GET /v1/models/{id}`. Throws ProxyError `model_not_found` for a name that no model takes. */
export function retrieveModel(id: string, { catalogue, model }: Pick<Runtime, 'catalogue' | 'model'>): string {
  if (!model(id)) throw new ProxyError('model_not_found', `The model '${id}' does not exist`, { param: 'model' });
  return JSON.stringify(entry(id, catalogue.created), null, 2);
}

function entry(name: string, created: number, owner = OWNER): object {
  return { id: name, object: 'model', created, owned_by: owner };
}
