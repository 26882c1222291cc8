import type { MadeBy } from '../generation/answer.ts';
import type { Candidates } from '../generation/candidates.ts';
import type { Payer } from '../generation/payer.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { TokenUsage } from '../protocols/types.ts';
import type { ResponseRecord } from '../responses-state/record.ts';
import type { Runtime } from './runtime.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { TransportEnd } from './transport.ts';

/** The server's side of a WebSocket of the Responses API: the socket itself, or one request that came over it. */
export type SocketWay =
  | {
      readonly kind: 'socket';
      /** Takes the connection over. Resolves when it is closed. */
      run(): Promise<void>;
    }
  | {
      readonly kind: 'frame';
      readonly unstored: UnstoredResponses;
      /** What has made that response over this connection. */
      maker(responseId: string): MadeBy | undefined;
      /** Sends the request over a socket of an endpoint. Resolves when its answer has ended. */
      run(job: FrameJob): Promise<FrameEnd>;
    };

/** Responses with `store: false`: one connection knows the newest of each lane. */
export interface UnstoredResponses {
  find(id: string): ResponseRecord | undefined;
  /** The newest response of the request's lane; undefined where that was stored, or none came. */
  remember(record: ResponseRecord | undefined): void;
}

export interface FrameJob {
  readonly request: GenerationRequest;
  readonly tools: Pick<Runtime, 'clock' | 'upstream' | 'telemetry' | 'affinity'>;
  /** The attempts that are made, in their order. */
  readonly attempts: AttemptRecord[];
  /** Absent where nothing is charged to anyone. */
  readonly payer?: Payer | undefined;
  /** Hears of the response when it begins. */
  readonly made?: (responseId: string, by: MadeBy) => void;
  /** Milliseconds until some endpoint must have taken the request. */
  readonly totalMs: number;
  /** Endpoints to ask, in turn; `only` is the id of the one that may be asked. */
  candidates(only: string | undefined): Candidates;
}

export type FrameEnd =
  | Extract<TransportEnd, { readonly kind: 'failed' }>
  | (Extract<TransportEnd, { readonly kind: 'answered' }> & {
      readonly usage: TokenUsage | undefined;
      /** Milliseconds from the frame to the first content. */
      readonly ttftMs: number | undefined;
      /** The endpoint itself answered with an error event. */
      readonly refused: boolean;
    });
