import type { GenerationFailure } from '../generation/answer.ts';
import type { Candidates } from '../generation/candidates.ts';
import type { OpaqueRequest } from '../generation/opaque-request.ts';
import type { BilledCall } from '../generation/payer.ts';
import type { Endpoint } from '../routing/types.ts';
import type { UpstreamRequest, UpstreamTimeouts } from '../upstream/types.ts';
import type { Runtime } from './runtime.ts';

/** The server's way to carry what does not go through a generation: an upload whose bytes are not held, or an upgrade. */
export interface Transport {
  readonly kind: 'request' | 'upgrade';
  /** The proxy's own origin as this client calls it. */
  origin(): string;
  /** Resolves when the client has its answer, or when there is none for it. */
  run(job: TransportJob): Promise<TransportEnd>;
}

/** Reads a session beside its connection: what it is billed, and whether it may go on. */
export interface SessionMeter {
  /** Public name of the model, where the request names it; the session says it else. */
  readonly model: string | undefined;
  bill(call: BilledCall): void;
  /** Messages that were too long to be read, or compressed. */
  unread(messages: number): void;
  /** Why the session may not go on, in at most 123 bytes: it is the reason of a close frame. Undefined = it may. Never rejects. */
  stopReason(endpoint: Endpoint): string | undefined | Promise<string | undefined>;
}

export interface TransportJob {
  /** Id of the exchange. */
  readonly id: string;
  readonly tools: Pick<Runtime, 'clock' | 'upstream' | 'telemetry'>;
  /** Endpoints to ask, in turn. */
  readonly candidates: Candidates;
  /** The endpoint is called with a credential of the caller. */
  readonly callersCredential: boolean;
  /** Is given an answer of moderate size once it is whole, before its end is passed on. Requests alone. */
  readonly learn?: OpaqueRequest['learn'];
  /** Present where an account of the request is kept. */
  readonly meter?: SessionMeter | undefined;
  /** Headers of the proxy's own for an answer of the endpoint, flat. */
  labels(endpoint: Endpoint): readonly string[];
  /** The head of the request as an endpoint is to see it. */
  request(endpoint: Endpoint, timeouts: UpstreamTimeouts): UpstreamRequest;
}

export type TransportEnd =
  | {
      /** The client has got an answer, or has left. */
      readonly kind: 'answered';
      /** 0 when the client left before it was sent one. */
      readonly status: number;
      readonly endpoint: string | undefined;
      /** Id of the user's own key that it was asked with. */
      readonly credential?: string | undefined;
      readonly attempts: number;
      /** The endpoint broke off, or the client does not read. */
      readonly broken?: boolean;
    }
  | { readonly kind: 'failed'; readonly failure: GenerationFailure };
