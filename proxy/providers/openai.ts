import type { IncomingHttpHeaders } from 'node:http';
import type { EndpointCredential } from '../core/credential.ts';
import { classifyEmbeddedWith, classifyWith } from './classify.ts';
import { OPENAI_DIALECT } from './signs.ts';
import type { HeaderPairs, Provider, ProviderEndpoint, ProviderRequest, ProviderRequestView } from './types.ts';

/** Belong to the credential of the caller and travel only beside it. */
export const CALLERS_HEADERS = ['authorization', 'openai-organization', 'openai-project'];

/** OpenAI itself. */
export const openai: Provider = {
  id: 'openai',
  simulates: false,
  request,
  credentialHeaders,
  classify: (answer) => classifyWith([OPENAI_DIALECT], answer),
  classifyEmbedded: (answer) => classifyEmbeddedWith([OPENAI_DIALECT], answer),
};

function request(view: ProviderRequestView, endpoint: ProviderEndpoint): ProviderRequest {
  const { upstreamModel, basePath, credential } = endpoint;
  const { facts } = view;
  const name = upstreamModel ?? facts?.model;
  const renamed = facts !== undefined && name !== (facts.writtenModel ?? facts.model);
  return {
    path: `${basePath}${view.path}${view.query === '' ? '' : `?${view.query}`}`,
    edits: renamed ? [{ op: 'set', key: 'model', value: JSON.stringify(name) }] : [],
    headers: credentialHeaders(credential, view.headers),
  };
}

function credentialHeaders(credential: EndpointCredential, client: IncomingHttpHeaders): HeaderPairs {
  if (credential.kind === 'none') return [];
  if (credential.kind === 'key') return [['authorization', `Bearer ${credential.value}`]];
  return CALLERS_HEADERS.flatMap((name): [string, string][] => {
    const value = client[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
}
