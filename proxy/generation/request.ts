import type { Protocol, RequestFacts } from '../protocols/types.ts';
import type { Propagation } from '../telemetry/exchange-trace.ts';
import type { RequestView } from '../wire/http.ts';
import type { JsonScan } from '../wire/json-scan.ts';
import type { AnswerCheck } from './checked-events.ts';
import type { OpaqueRequest } from './opaque-request.ts';

/** The request that a generation answers, as the stages before it have understood it. */
export interface GenerationRequest {
  /** Id of the exchange that started the generation: sent upstream, written to the log. */
  readonly id: string;
  readonly protocol: Protocol;
  readonly view: RequestView;
  readonly facts: RequestFacts;
  /** Where the members of the body lie; absent where the body is passed on as it is. */
  readonly scan?: JsonScan;
  /** `cache` inside a literal `extra_body`, which is meant for the proxy. */
  readonly extraCache?: unknown;
  /** The endpoint is asked for usage that the client did not ask for. */
  readonly addsUsage: boolean;
  /** What a translation cannot tell an endpoint is refused instead of dropped. */
  readonly strictTranslation?: boolean;
  /** Present on routes that the proxy does not interpret: then `protocol` serves for the form of errors alone. */
  readonly opaque?: OpaqueRequest;
  /** Present where attempts are parts of a distributed trace. */
  readonly propagation?: Propagation | undefined;
  /** Judges the whole JSON answer, in the client's protocol, before a follower has anything of it. Streams pass as they come. */
  readonly check?: AnswerCheck | undefined;
}
