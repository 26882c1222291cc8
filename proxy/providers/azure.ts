import { classifyEmbeddedWith, classifyWith } from './classify.ts';
import { credentialHeadersOf } from './credential.ts';
import { FOREIGN_DIALECTS } from './dialects.ts';
import { modelInBody } from './openai.ts';
import { operationsOf } from './operations.ts';
import { nameAtEndpoint, pathWithQuery, queryWith, segmentOf } from './target-path.ts';
import type { Provider, ProviderEndpoint, ProviderRequest, ProviderRequestView } from './types.ts';

/** The operations whose path names the deployment, which then decides the model; with all others the body does. */
const OF_A_DEPLOYMENT =
  /^\/(?:chat\/completions|completions|embeddings|audio\/(?:transcriptions|translations|speech)|images\/(?:generations|edits))$/;
/** Sessions have the newer addresses alone, without a version in the query. */
const REALTIME = /^\/realtime(?:\/|$)/;
/** How the newer addresses end, which name no deployment. */
const WITHOUT_DEPLOYMENTS = /\/v1$/;

const credentialHeaders = credentialHeadersOf('azure');

/** Azure OpenAI, both with deployments in the path and an `api-version`, and with `/openai/v1`. */
export const azure: Provider = {
  id: 'azure',
  simulates: false,
  protocols: operationsOf('openai'),
  usageUnasked: false,
  // It lists the models that could be deployed, and no deployments.
  listing: undefined,
  request,
  credentialHeaders,
  classify: (answer) => classifyWith(FOREIGN_DIALECTS, answer),
  classifyEmbedded: (answer) => classifyEmbeddedWith(FOREIGN_DIALECTS, answer),
};

function request(view: ProviderRequestView, endpoint: ProviderEndpoint): ProviderRequest {
  const { basePath, credential, authHeader, query } = endpoint;
  const { path, body, dated } = placeOf(view, endpoint);
  return {
    // The version that a client of Azure asks this proxy for is not the endpoint's.
    path: pathWithQuery(
      `${basePath}${path}`,
      queryWith(view.query, { ...query, 'api-version': dated ? query?.['api-version'] : undefined }),
    ),
    edits: body ? modelInBody(view, endpoint) : [],
    headers: credentialHeaders(credential, view.headers, authHeader),
  };
}

interface Place {
  /** Below the base path. */
  readonly path: string;
  /** Whether the body names the model. */
  readonly body: boolean;
  /** Whether the configured version belongs to the path. */
  readonly dated: boolean;
}

function placeOf(view: ProviderRequestView, endpoint: ProviderEndpoint): Place {
  const { path } = view;
  if (WITHOUT_DEPLOYMENTS.test(endpoint.basePath)) return { path, body: true, dated: true };
  if (REALTIME.test(path)) return { path: `/v1${path}`, body: true, dated: false };
  const deployment = OF_A_DEPLOYMENT.test(path) ? nameAtEndpoint(view, endpoint) : undefined;
  if (deployment === undefined) return { path, body: true, dated: true };
  return { path: `/deployments/${segmentOf(deployment)}${path}`, body: false, dated: true };
}
