import { ProxyError } from '../core/errors.ts';
import type { RequestContext } from './context.ts';
import { narrowedTo } from './narrowed-model.ts';
import type { Runtime } from './runtime.ts';

/** Id of the one endpoint that is to answer: for those who may operate the proxy. No endpoint is sent it. */
const ENDPOINT_HEADER = 'x-llmproxy-endpoint';

/** Notes the endpoint that the request names. Throws ProxyError `endpoint_choice_refused` where its caller may not choose. */
export function noteEndpoint(context: RequestContext, { mayOperate }: Pick<Runtime, 'mayOperate'>): void {
  const id = context.head.headers[ENDPOINT_HEADER];
  if (id === undefined) return;
  if (mayOperate?.(context.head) !== true) {
    throw new ProxyError(
      'endpoint_choice_refused',
      `\`${ENDPOINT_HEADER}\` is for those who operate the proxy: send it from the dashboard, or with the admin token in \`x-llmproxy-admin-token\`.`,
    );
  }
  context.chosenEndpoint = String(id);
}

/**
 * Of the endpoints that the request may use, leaves the one that it names. Its answer is neither looked up nor stored, and no other request shares it.
 * Throws ProxyError `invalid_value`.
 */
export function keepToEndpoint(context: RequestContext): void {
  const { chosenEndpoint: id, model, kept } = context;
  if (id === undefined || model === undefined || kept?.answer) return;
  if (!model.router.endpoints.some((endpoint) => endpoint.id === id)) {
    throw new ProxyError(
      'invalid_value',
      `The model '${model.name}' has no endpoint of the id in \`${ENDPOINT_HEADER}\` that this request may use.`,
    );
  }
  // Without `only`: a gate that narrows the model once more must not get one with a cache.
  const { only: _, ...narrowed } = narrowedTo(model, new Set([id]));
  context.model = { ...narrowed, cache: { ...narrowed.cache, enabled: false } };
}
