import type { RouteRule } from '../core/route-families.ts';
import type { Candidates } from '../generation/candidates.ts';
import type { HeldBody } from '../wire/http.ts';
import type { ModelMention } from '../wire/model-mention.ts';
import type { Transport } from './transport.ts';

/** What is known of a request whose route is not interpreted. */
export interface PassthroughState {
  readonly rule: RouteRule;
  readonly transport: Transport;
  readonly inQuery: readonly ModelMention[];
  readonly clientSecret: string | undefined;
  /** For whom that secret was minted through this proxy, where owners are remembered. */
  secretOwner?: string | undefined;
  /** Id of the user's own key that it was minted with. */
  secretCredential?: string | undefined;
  /** The body, where it was read before it is sent. */
  body: HeldBody | undefined;
  /** The body goes through as it comes: it names no model and is too large to be held. */
  streams: boolean;
  /** The name that the request asks for. */
  model: string | undefined;
  /** Whether it may reach another endpoint after one has failed: its model is known, and nothing is kept of it. */
  repeatable: boolean;
  candidates: Candidates | undefined;
}
