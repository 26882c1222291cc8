import type { ClientOptions } from 'openai';
import type OpenAI from 'openai';
import { Judge, specificationIsThere } from './judge.ts';
import type { Bed } from './bed.ts';

export interface Judged {
  readonly mock: Bed['mock'];
  /** The official client; while the specification is there, every JSON answer is judged by it. */
  client(options?: ClientOptions): OpenAI;
  /** `undefined` where the specification is absent. */
  readonly judge: Judge | undefined;
}

/** Lets the published specification judge every answer that the clients of a test file get. */
export function judged(bed: Bed): Judged {
  const judge = specificationIsThere ? new Judge() : undefined;
  return {
    get mock() {
      return bed.mock;
    },
    judge,
    client: (options = {}) => bed.client(judge === undefined ? options : { fetch: judge.fetch, ...options }),
  };
}
