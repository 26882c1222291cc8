import type { ProxyError } from '../core/errors.ts';

type Pairs = readonly (readonly [string, string])[];

/** The head of an upstream answer as followers get it. */
export interface AnswerHead {
  readonly status: number;
  readonly shape: 'body' | 'stream';
  readonly headers: Pairs;
  /** Id of the endpoint that answers. */
  readonly endpoint: string;
  /** Id of the user's own key that it was asked with; undefined = it was another one. */
  readonly credential?: string | undefined;
  /** Attempts made so far, this one included. */
  readonly attempts: number;
  /** Bytes of a body that is already whole. */
  readonly length?: number;
}

/** What an endpoint answered when its answer is not passed on at once. */
export interface RefusedAnswer {
  readonly status: number;
  readonly headers: Pairs;
  readonly body: Buffer;
}

/** Why no answer was committed: the answer that an endpoint gave, or an error of the proxy's own. */
export type GenerationFailure =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Pairs;
      readonly body: Buffer;
      readonly endpoint: string;
      readonly credential?: string | undefined;
      readonly attempts: number;
    }
  | {
      readonly kind: 'error';
      readonly error: ProxyError;
      readonly attempts: number;
      readonly endpoint?: string;
      readonly credential?: string | undefined;
    };
