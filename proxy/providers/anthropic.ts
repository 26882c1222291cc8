import type { IncomingHttpHeaders } from 'node:http';
import { classifyEmbeddedWith, classifyWith } from './classify.ts';
import { credentialHeadersOf } from './credential.ts';
import { FOREIGN_DIALECTS } from './dialects.ts';
import { anthropicListing } from './model-listings.ts';
import { modelInBody } from './openai.ts';
import { operationsOf } from './operations.ts';
import { pathWithQuery, queryWith } from './target-path.ts';
import type { HeaderPairs, Provider, ProviderEndpoint, ProviderRequest, ProviderRequestView } from './types.ts';

/** The version of the API that is asked for where the client asks for none. */
const VERSION = '2023-06-01';

const credentialHeaders = credentialHeadersOf('anthropic');

/** Anthropic itself, and servers of others that speak its API. */
export const anthropic: Provider = {
  id: 'anthropic',
  simulates: false,
  protocols: operationsOf('anthropic'),
  usageUnasked: true,
  listing: anthropicListing,
  request,
  credentialHeaders,
  classify: (answer) => classifyWith(FOREIGN_DIALECTS, answer),
  classifyEmbedded: (answer) => classifyEmbeddedWith(FOREIGN_DIALECTS, answer),
};

function request(view: ProviderRequestView, endpoint: ProviderEndpoint): ProviderRequest {
  const { basePath, credential, authHeader, query = {} } = endpoint;
  return {
    path: pathWithQuery(`${basePath}${view.path}`, queryWith(view.query, query)),
    edits: modelInBody(view, endpoint),
    headers: [...credentialHeaders(credential, view.headers, authHeader), ...versionHeaders(view.headers)],
  };
}

function versionHeaders(client: IncomingHttpHeaders): HeaderPairs {
  const version = client['anthropic-version'];
  const betas = client['anthropic-beta'];
  return [
    ['anthropic-version', typeof version === 'string' && version !== '' ? version : VERSION],
    ...(typeof betas === 'string' ? [['anthropic-beta', betas] as const] : []),
  ];
}
