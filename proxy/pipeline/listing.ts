import { ProxyError } from '../core/errors.ts';
import type { RequestContext } from './context.ts';
import { answerHeaders } from './headers.ts';
import type { Runtime } from './runtime.ts';

/** The model list as OpenAI's clients read it; made of the configuration, so no endpoint is asked. */
export interface ModelCatalogue {
  /** Public names, without `*`. */
  readonly names: readonly string[];
  /** Whether a `*` model takes every other name. */
  readonly open: boolean;
  /** Epoch seconds at which the configuration was taken. */
  readonly created: number;
}

const OWNER = 'llmproxy';

/** Answers `GET /v1/models` and `GET /v1/models/{id}`. Throws ProxyError `model_not_found`. */
export function answerModels(context: RequestContext, runtime: Runtime): void {
  const { subject, responder } = context;
  const { catalogue } = runtime;
  const body = Buffer.from(subject === undefined ? listModels(catalogue) : retrieveModel(catalogue, subject));
  context.status = 200;
  const headers = ['content-type', 'application/json', ...answerHeaders(context, [])];
  responder.head(200, [...headers, 'content-length', String(body.length)]);
  responder.end(body);
}

/** Body of `GET /v1/models`. */
export function listModels(catalogue: ModelCatalogue): string {
  const data = catalogue.names.map((name) => entry(name, catalogue.created));
  return JSON.stringify({ object: 'list', data }, null, 2);
}

/** Body of `GET /v1/models/{id}`. Throws ProxyError `model_not_found`. */
export function retrieveModel(catalogue: ModelCatalogue, id: string): string {
  if (!catalogue.open && !catalogue.names.includes(id)) {
    throw new ProxyError('model_not_found', `The model '${id}' does not exist`, { param: 'model' });
  }
  return JSON.stringify(entry(id, catalogue.created), null, 2);
}

function entry(name: string, created: number): object {
  return { id: name, object: 'model', created, owned_by: OWNER };
}
