import { ownKeyOf } from '../core/credential.ts';
import type { ProxyError } from '../core/errors.ts';
import type { OutcomeKind } from '../core/outcome.ts';
import type { Endpoint } from '../routing/types.ts';

type Pairs = readonly (readonly [string, string])[];

/** What an answer, or what a request has made, comes from. */
export interface MadeBy {
  /** Id of the endpoint. */
  readonly endpoint: string;
  /** Id of the user's own key that it was asked with; undefined = it was another one. */
  readonly credential?: string | undefined;
}

export function madeBy({ id, credential }: Endpoint): MadeBy {
  return { endpoint: id, credential: ownKeyOf(credential)?.id };
}

/** The head of an upstream answer as followers get it. */
export interface AnswerHead extends MadeBy {
  readonly status: number;
  readonly shape: 'body' | 'stream';
  readonly headers: Pairs;
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
      /** How the attempt ended whose answer it is. */
      readonly outcome?: OutcomeKind;
    }
  | {
      readonly kind: 'error';
      readonly error: ProxyError;
      readonly attempts: number;
      readonly endpoint?: string;
      readonly credential?: string | undefined;
      /** How the attempt ended that the error is about; absent where it is about none. */
      readonly outcome?: OutcomeKind;
    };
