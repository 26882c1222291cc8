import type { StoredResponse } from '../../dialects/reply.ts';
import type { Body } from '../../dialects/validate.ts';
import type { Failure, SocketHost, Step, Turn } from '../host.ts';

/** An answer to `response.create`. */
export interface CreatedResponse {
  readonly turn: Turn;
  /** In place of the events. */
  readonly failure: Failure | undefined;
  readonly steps: Iterable<Step>;
}

export interface ResponsesHost extends SocketHost {
  /**
   * Answers the body of a request as `POST /v1/responses` does. `known`: responses that only this connection knows;
   * `unstored` is given the response when it is to be one of them.
   */
  create(body: Body, known: Known, unstored: (response: StoredResponse) => void): CreatedResponse;
}

export type Known = (id: string) => StoredResponse | undefined;
