import type { JsonObject } from '../../core/json.ts';
import type { Conversation } from '../conversation.ts';
import type { Losses } from '../losses.ts';
import type { RequestTarget } from '../types.ts';
import type { ModelTraits } from './models.ts';

/** What the parts of a request are written with. */
export interface Writing {
  readonly conversation: Conversation;
  readonly target: RequestTarget;
  readonly traits: ModelTraits;
  readonly losses: Losses;
  /** The request as far as it is written. */
  readonly body: JsonObject;
}
