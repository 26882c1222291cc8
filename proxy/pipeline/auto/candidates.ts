import type { Candidate, CandidateCredential } from '../../auto/candidate.ts';
import { ProxyError } from '../../core/errors.ts';
import type { OperationId } from '../../protocols/types.ts';
import { isProvidersOrigin } from '../../providers/key-places.ts';
import type { Endpoint } from '../../routing/types.ts';
import { providerNameOf } from '../../providers/names.ts';
import type { FoundPrice } from '../../usage/price-table.ts';
import type { Principal } from '../principal.ts';
import type { ModelRuntime, Runtime } from '../runtime.ts';
import { AUTO } from './auto-name.ts';
import type { AutoTools } from './types.ts';

/** Whose keys a request may be sent with, by the model and the name that it is asked for. */
export type CredentialOf = (model: ModelRuntime, name: string) => CandidateCredential;

export interface CandidatesQuestion {
  readonly operation: OperationId;
  readonly principal: Principal | undefined;
  readonly credentialOf: CredentialOf;
  /** The one model that may be picked. */
  readonly only?: string | undefined;
}

/** The models that `auto` picks from, with the endpoints of each that the caller may use. */
export interface FoundCandidates {
  readonly candidates: readonly Candidate[];
  readonly models: ReadonlyMap<string, ModelRuntime>;
}

/** Every model of `auto.models`, or of the catalogue, that can be asked for the operation. */
export function findCandidates(question: CandidatesQuestion, runtime: Runtime, tools: AutoTools): FoundCandidates {
  const candidates: Candidate[] = [];
  const models = new Map<string, ModelRuntime>();
  for (const name of question.only === undefined ? namesOf(runtime, tools) : [question.only]) {
    const model = spoken(runtime.model(name), question.operation);
    if (model === undefined || model.router.endpoints.length === 0) continue;
    const { permitted, blocked } = permittedOf(model, name, question.principal, runtime);
    models.set(name, permitted);
    candidates.push({
      ...traitsOf(permitted, name, tools),
      blocked,
      credential: question.credentialOf(permitted, name),
      admitting: permitted.router.refusal({ operation: question.operation, model: name }).retryAfterMs === 0,
    });
  }
  return { candidates, models };
}

/** Names of the configured models that `auto` picks from. */
export function namesOf({ models }: Runtime, { config, catalogue }: AutoTools): readonly string[] {
  const configured = new Map(models.map((model) => [model.name, model]));
  if (config.models.length > 0) return config.models.filter((name) => configured.has(name) && name !== AUTO);
  return [...configured.values()]
    .filter(({ name, router }) => name !== '*' && catalogue.has(name, ...upstreamNames(router.endpoints)))
    .map(({ name }) => name);
}

/** What is known of a model, for every caller. */
export function traitsOf(
  model: ModelRuntime,
  name: string,
  { catalogue, prices }: Pick<AutoTools, 'catalogue' | 'prices'>,
): Pick<Candidate, 'model' | 'provider' | 'traits'> & { readonly price: FoundPrice | undefined } {
  const { endpoints } = model.router;
  const { provider: catalogued, ...traits } = catalogue.find(name, ...upstreamNames(endpoints));
  const windows = endpoints.flatMap(({ contextWindow }) => contextWindow ?? []);
  const [first] = endpoints;
  const provider = first ? providerAt(first, name) : (catalogued ?? '');
  const priced = endpoints.map((endpoint) =>
    prices.find({
      model: endpoint.upstreamModel ?? name,
      publicName: name,
      provider: providerAt(endpoint, name),
      endpointPrice: endpoint.price,
    }),
  );
  return {
    model: name,
    provider,
    traits: windows.length === 0 ? traits : { ...traits, contextWindow: Math.max(...windows) },
    price: priced.find((price) => price !== undefined),
  };
}

/** Of the model that what a pick saves is measured against; it need not be configured. */
export function referencePrice({ model }: Pick<Runtime, 'model'>, tools: AutoTools): Candidate['price'] {
  const { reference } = tools.config;
  const configured = model(reference);
  return configured?.name === reference
    ? traitsOf(configured, reference, tools).price
    : tools.prices.find({ model: reference });
}

function upstreamNames(endpoints: readonly Endpoint[]): string[] {
  return endpoints.flatMap(({ upstreamModel }) => upstreamModel ?? []);
}

export function providerAt({ provider, origin, providerName }: Endpoint, name: string): string {
  return providerName ?? providerNameOf({ provider, origin }, name);
}

/** An endpoint without a key at its provider's own address takes requests with a user's key alone. */
export function systemCredential({ router }: ModelRuntime, name: string): CandidateCredential {
  const needsKey = (endpoint: Endpoint): boolean =>
    endpoint.credential.kind === 'none' && isProvidersOrigin(endpoint.origin, providerAt(endpoint, name), []);
  return router.endpoints.every(needsKey) ? 'none' : 'system';
}

function spoken(model: ModelRuntime | undefined, operation: OperationId): ModelRuntime | undefined {
  return model?.speaking?.has(operation) === true ? model.speaking.get(operation) : model;
}

function permittedOf(
  model: ModelRuntime,
  name: string,
  principal: Principal | undefined,
  { governed }: Runtime,
): { readonly permitted: ModelRuntime; readonly blocked: Candidate['blocked'] } {
  if (governed === undefined) return { permitted: model, blocked: undefined };
  try {
    return { permitted: governed.stages.permittedModel(principal, model, name), blocked: undefined };
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    return { permitted: model, blocked: error.code === 'provider_blocked' ? 'provider' : 'model' };
  }
}
