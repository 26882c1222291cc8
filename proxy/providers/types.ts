import type { IncomingHttpHeaders } from 'node:http';
import type { EndpointCredential } from '../core/credential.ts';
import type { Json } from '../core/json.ts';
import type { Outcome } from '../core/outcome.ts';
import type { ConfiguredProvider } from '../core/provider-rows.ts';
import type { OperationId, Protocol } from '../protocols/types.ts';
import type { JsonEdit } from '../wire/json-splice.ts';

/** `compatible` = `provider: openai` at an address of others. */
export type ProviderId = ConfiguredProvider | 'compatible';

/** What a provider needs to know of an endpoint. */
export interface ProviderEndpoint {
  /** As the configuration names it. */
  readonly provider: string;
  /** `https://host:port`. */
  readonly origin: string;
  /** Path before the operation's, e.g. `/v1`. */
  readonly basePath: string;
  readonly credential: EndpointCredential;
  /** Name the endpoint knows the model by; undefined = the name that the client used. */
  readonly upstreamModel?: string;
  /** Parameters that every request to the endpoint has in its query, e.g. `api-version`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Lower-case name of the header that the key goes in; undefined = the provider's own. */
  readonly authHeader?: string;
  /** The one of chat completions and Responses that it has; undefined = what its provider has. */
  readonly api?: 'chat' | 'responses';
}

/** What a provider needs to know of a client's request. */
export interface ProviderRequestView {
  /** Undefined on routes whose body the proxy does not read. */
  readonly protocol: Pick<Protocol, 'family'> | undefined;
  /** Family of the route, where there is no protocol. Default `openai`. */
  readonly family?: string;
  /** Path below the base URL, e.g. `/chat/completions`, `/models/MODEL:generateContent`. */
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Undefined when the request names no model. */
  readonly facts: { readonly model: string; readonly writtenModel?: string; readonly stream?: boolean } | undefined;
}

export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** A request as one provider wants it: everything else of the client's request stays as it is. */
export interface ProviderRequest {
  /** Path with query. */
  readonly path: string;
  readonly edits: readonly JsonEdit[];
  readonly headers: HeaderPairs;
}

/** An answer whose status is not 2xx. */
export interface EndpointAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The endpoint was called with a credential of the caller: its rejection and its limits concern that caller alone. */
  readonly callersCredential: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A model as an endpoint lists it. */
export interface ListedModel {
  readonly id: string;
  /** Unix seconds. */
  readonly created?: number;
  readonly owner?: string;
}

/** How a provider lists its models. */
export interface ModelListing {
  /** What is asked for, below the base URL: everything in one page, as far as the provider gives that. */
  readonly view: Pick<ProviderRequestView, 'path' | 'query' | 'family'>;
  /** The entries of a list; undefined for what is none. Checks nothing else. */
  read(answer: Json): readonly Json[] | undefined;
  /** One entry; undefined for what names no model. */
  entry(entry: Json): ListedModel | undefined;
}

/** Who stands behind an endpoint: addresses, credentials and errors as this provider has them. */
export interface Provider {
  readonly id: ProviderId;
  /** Whether its answers are made up, for tests. */
  readonly simulates: boolean;
  /** The operations that it speaks itself. */
  readonly protocols: readonly OperationId[];
  /** Whether its streams carry usage without being asked for it. */
  readonly usageUnasked: boolean;
  /** Undefined = it lists nothing that a request could name. */
  readonly listing: ModelListing | undefined;
  request(view: ProviderRequestView, endpoint: ProviderEndpoint): ProviderRequest;
  /** The headers that carry the credential, out of the configuration or from the client's own. */
  credentialHeaders(credential: EndpointCredential, client: IncomingHttpHeaders, authHeader?: string): HeaderPairs;
  classify(answer: EndpointAnswer): Outcome;
  /** The same for an error object that stood in an answer of status 200; `body` is that object. */
  classifyEmbedded(answer: EndpointAnswer): Outcome;
}
