import type { JsonEdit } from '../wire/json-splice.ts';
import { classifyEmbeddedWith, classifyWith } from './classify.ts';
import { credentialHeadersOf } from './credential.ts';
import { openAiListing } from './model-listings.ts';
import { operationsOf } from './operations.ts';
import { OPENAI_DIALECT } from './signs.ts';
import { nameAtEndpoint, pathWithQuery, queryWith } from './target-path.ts';
import type { Provider, ProviderEndpoint, ProviderRequest, ProviderRequestView } from './types.ts';

const credentialHeaders = credentialHeadersOf('openai');

/** OpenAI itself. */
export const openai: Provider = {
  id: 'openai',
  simulates: false,
  protocols: operationsOf('openai'),
  usageUnasked: false,
  listing: openAiListing,
  request,
  credentialHeaders,
  classify: (answer) => classifyWith([OPENAI_DIALECT], answer),
  classifyEmbedded: (answer) => classifyEmbeddedWith([OPENAI_DIALECT], answer),
};

function request(view: ProviderRequestView, endpoint: ProviderEndpoint): ProviderRequest {
  const { basePath, credential, authHeader, query = {} } = endpoint;
  return {
    path: pathWithQuery(`${basePath}${view.path}`, queryWith(view.query, query)),
    edits: modelInBody(view, endpoint),
    headers: credentialHeaders(credential, view.headers, authHeader),
  };
}

/** The model's name at the endpoint, in the body, where the client wrote another one. */
export function modelInBody(view: ProviderRequestView, endpoint: ProviderEndpoint): readonly JsonEdit[] {
  const name = nameAtEndpoint(view, endpoint);
  const written = view.facts?.writtenModel ?? view.facts?.model;
  return name === written ? [] : [{ op: 'set', key: 'model', value: JSON.stringify(name) }];
}
