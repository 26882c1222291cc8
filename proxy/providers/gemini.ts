import { classifyEmbeddedWith, classifyWith } from './classify.ts';
import { credentialHeadersOf } from './credential.ts';
import { FOREIGN_DIALECTS } from './dialects.ts';
import { geminiListing } from './model-listings.ts';
import { operationsOf } from './operations.ts';
import { nameAtEndpoint, pathWithQuery, queryWith, segmentOf } from './target-path.ts';
import type { Provider, ProviderEndpoint, ProviderRequest, ProviderRequestView } from './types.ts';

/** `/models/MODEL:METHOD`; also for a tuned model. */
const MODEL_PATH = /^\/(?:models|tunedModels)\/[^/]+?(:[a-zA-Z]+)?$/;
/** Collections that a model's name may begin with. */
const COLLECTION = /^(models|tunedModels)\/(.+)$/;
/** Both generate an answer: which of them is asked follows from whether it is to stream. */
const GENERATES = /:(?:g|streamG)enerateContent$/;

const BESIDE_VERSION = /^\/(?:upload|download)(?=\/)/;

const credentialHeaders = credentialHeadersOf('gemini');

/** Gemini, and Vertex AI where the `base_url` names it. */
export const gemini: Provider = {
  id: 'gemini',
  simulates: false,
  protocols: operationsOf('gemini'),
  usageUnasked: true,
  listing: geminiListing,
  request,
  credentialHeaders,
  classify: (answer) => classifyWith(FOREIGN_DIALECTS, answer),
  classifyEmbedded: (answer) => classifyEmbeddedWith(FOREIGN_DIALECTS, answer),
};

function request(view: ProviderRequestView, endpoint: ProviderEndpoint): ProviderRequest {
  const { basePath, credential, authHeader, query = {} } = endpoint;
  const { path, events } = methodPath(view, endpoint);
  // A key in the query is the caller's: it goes in a header, or nowhere.
  const own = { key: undefined, ...(events === undefined ? {} : { alt: events ? 'sse' : undefined }), ...query };
  return {
    path: pathWithQuery(pathBelow(basePath, path), queryWith(view.query, own)),
    edits: [],
    headers: credentialHeaders(credential, view.headers, authHeader),
  };
}

/** Uploads and downloads stand beside the version, and have it below themselves. */
function pathBelow(basePath: string, path: string): string {
  const [above = ''] = BESIDE_VERSION.exec(path) ?? [];
  return `${above}${basePath}${path.slice(above.length)}`;
}

/** The path with the model's name at the endpoint; `events` = whether the answer is to be events, where the method generates one. */
function methodPath(view: ProviderRequestView, endpoint: ProviderEndpoint): { path: string; events?: boolean } {
  const name = nameAtEndpoint(view, endpoint);
  const named = MODEL_PATH.exec(view.path);
  if (named === null || name === undefined) return { path: view.path };
  const [, method = ''] = named;
  const [, collection = 'models', rest = name] = COLLECTION.exec(name) ?? [];
  const base = `/${collection}/${segmentOf(rest)}`;
  const events = view.facts?.stream;
  if (events === undefined || !GENERATES.test(method)) return { path: `${base}${method}` };
  return { path: `${base}${events ? ':streamGenerateContent' : ':generateContent'}`, events };
}
