import type { IncomingHttpHeaders } from 'node:http';
import type { EndpointCredential } from '../core/credential.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Protocol } from '../protocols/types.ts';
import type { JsonEdit } from '../wire/json-splice.ts';

export type ProviderId = 'openai' | 'compatible' | 'mock';

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
}

/** What a provider needs to know of a client's request. */
export interface ProviderRequestView {
  /** Undefined on routes whose body the proxy does not read. */
  readonly protocol: Protocol | undefined;
  /** Path below the base URL, e.g. `/chat/completions`. */
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Undefined when the request names no model. */
  readonly facts: { readonly model: string; readonly writtenModel?: string } | undefined;
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

/** Who stands behind an endpoint: addresses, credentials and errors as this provider has them. */
export interface Provider {
  readonly id: ProviderId;
  /** Whether its answers are made up, for tests. */
  readonly simulates: boolean;
  request(view: ProviderRequestView, endpoint: ProviderEndpoint): ProviderRequest;
  /** The headers that carry the credential, out of the configuration or from the client's own. */
  credentialHeaders(credential: EndpointCredential, client: IncomingHttpHeaders): HeaderPairs;
  classify(answer: EndpointAnswer): Outcome;
  /** The same for an error object that stood in an answer of status 200; `body` is that object. */
  classifyEmbedded(answer: EndpointAnswer): Outcome;
}
