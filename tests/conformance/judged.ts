import type { ClientOptions } from 'openai';
import type OpenAI from 'openai';
import { Judge, specificationIsThere } from './judge.ts';
import type { Twin } from './twin.ts';

export interface Judged {
  readonly mock: Twin['mock'];
  /** The official client; while the specification is there, every JSON answer is judged by it. */
  client(options?: ClientOptions): OpenAI;
  /** `undefined` where the specification is absent. */
  readonly judge: Judge | undefined;
}

/** Lets the published specification judge every answer that the clients of a test file get. */
export function judged(twin: Twin): Judged {
  const judge = specificationIsThere ? new Judge() : undefined;
  return {
    get mock() {
      return twin.mock;
    },
    judge,
    client: (options = {}) => twin.client(judge === undefined ? options : { fetch: judge.fetch, ...options }),
  };
}
