import { ProxyError } from '../../core/errors.ts';
import type { RouteFamily } from '../../core/route-families.ts';
import { allowsModel, allowsProvider } from '../../governance/allow-lists.ts';
import type { KeyEntry } from '../../governance/entries.ts';
import { providerNameOf } from '../../providers/names.ts';
import type { Endpoint } from '../../routing/types.ts';
import { narrowedTo } from '../narrowed-model.ts';
import type { Principal } from '../principal.ts';
import type { ModelRuntime } from '../runtime.ts';
import type { GovernedTools } from './tools.ts';
import { DO_NOT_RETRY } from './virtual-key.ts';

/** Canonical name of who stands behind an endpoint, when it is asked for the model `name`. */
export function providerOfEndpoint(endpoint: Endpoint, name: string): string {
  return endpoint.providerName ?? providerNameOf({ provider: endpoint.provider, origin: endpoint.origin }, name);
}

/**
 * The model with the endpoints alone that the caller's key may use for the name `name`. Throws ProxyError `model_blocked`,
 * `provider_blocked` where none is left.
 */
export function permittedModel(principal: Principal | undefined, model: ModelRuntime, name: string): ModelRuntime {
  const key = principal?.holder?.key;
  if (key === undefined || isUnlimited(key)) return model;
  const { endpoints } = model.router;
  const named = endpoints.filter((endpoint) => allowsModel(key, name, providerOfEndpoint(endpoint, name)));
  if (named.length === 0) throw blocked('model_blocked', `The virtual key may not use the model '${name}'.`);
  const allowed = named.filter((endpoint) => allowsProvider(key, providerOfEndpoint(endpoint, name)));
  if (allowed.length === 0) {
    const providers = [...new Set(named.map((endpoint) => providerOfEndpoint(endpoint, name)))].join(', ');
    throw blocked(
      'provider_blocked',
      `The virtual key may not use the provider of the model '${name}' (${providers}).`,
    );
  }
  return allowed.length === endpoints.length ? model : narrowedTo(model, new Set(allowed.map(({ id }) => id)));
}

/** Whether the caller's key may use the model at some endpoint. */
export function isPermitted(principal: Principal | undefined, model: ModelRuntime, name: string): boolean {
  const key = principal?.holder?.key;
  if (key === undefined || isUnlimited(key)) return true;
  return model.router.endpoints.some((endpoint) => {
    const provider = providerOfEndpoint(endpoint, name);
    return allowsModel(key, name, provider) && allowsProvider(key, provider);
  });
}

/** Throws ProxyError `route_blocked` for a route without a model, where the key is limited to some models or providers. */
export function assertRoute(principal: Principal | undefined, family: RouteFamily, tools: GovernedTools): void {
  const key = principal?.holder?.key;
  if (key === undefined || isUnlimited(key) || tools.openRoutes.has(family)) return;
  throw blocked(
    'route_blocked',
    `The virtual key is limited to some models, and this route names none; 'passthrough.allow' does not open '${family}' to it.`,
  );
}

function isUnlimited({ allowedModels, allowedProviders }: KeyEntry): boolean {
  return allowedModels === null && allowedProviders === null;
}

function blocked(code: 'model_blocked' | 'provider_blocked' | 'route_blocked', message: string): ProxyError {
  return new ProxyError(code, message, { param: 'model', headers: DO_NOT_RETRY });
}
