import type { GenerationFailure } from '../generation/answer.ts';
import type { RequestContext } from './context.ts';

/** Further models that are asked for one request, however many the configuration names. */
export const MOST_FALLBACKS = 5;

/** The parts of an exchange that belong to the model which is asked. */
const PARTS = [
  'responder',
  'kept',
  'request',
  'entry',
  'facts',
  'model',
  'keys',
  'scope',
  'plan',
  'cacheStatus',
  'staleHit',
  'generation',
  'startsGeneration',
] as const satisfies readonly (keyof RequestContext)[];

type Parts = Pick<RequestContext, (typeof PARTS)[number]>;

/** The models that are asked in place of the one that the client named, which has failed. */
export class FallbackRun {
  /** Attempts at the models before the one that is asked now. */
  attempts = 0;
  /** The exchange as it was for the model that the client named. */
  readonly first: Readonly<Parts>;
  /** Others are asked because a content filter has refused the prompt. */
  readonly isRefused: boolean;
  readonly #failure: GenerationFailure;
  readonly #asked: string[];
  /** Names that were met, whether they could be asked or not. */
  readonly #met: Set<string>;
  readonly #waiting: string[] = [];

  constructor(context: RequestContext, failure: GenerationFailure) {
    this.first = partsOf(context);
    this.#failure = failure;
    this.isRefused = failure.outcome === 'content_refused';
    const name = context.facts?.model ?? '';
    this.#asked = [name];
    this.#met = new Set([name]);
  }

  /** Puts the fallbacks of a model that has failed before those that still wait. */
  follow(names: readonly string[]): void {
    this.#waiting.unshift(...names);
  }

  /** The name of the model to ask next; undefined = there is none. */
  next(): string | undefined {
    for (let name = this.#waiting.shift(); name !== undefined; name = this.#waiting.shift()) {
      if (this.#met.has(name) || this.#met.size > MOST_FALLBACKS) continue;
      this.#met.add(name);
      return name;
    }
    return undefined;
  }

  /** The model of that name is asked. */
  begun(name: string): void {
    this.#asked.push(name);
  }

  /** No model has answered: the exchange is again one for the model that the client named, whose failure it is shown. */
  giveUp(context: RequestContext): GenerationFailure {
    Object.assign(context, this.first);
    return { ...this.#failure, attempts: 0 };
  }

  /** The header that an answer has once another model was asked, flat. */
  headers(): string[] {
    return this.#asked.length < 2 ? [] : ['x-llmproxy-fallback', this.#asked.map(inHeader).join('>')];
  }
}

function partsOf(context: RequestContext): Parts {
  return Object.fromEntries(PARTS.map((part) => [part, context[part]])) as Parts;
}

/** A name as a header can have it: clients write those of the model `*`. */
function inHeader(name: string): string {
  return name.toWellFormed().replaceAll(/[^\x21-\x7e]|[>%]/gu, encodeURIComponent);
}

/** Attempts at models that were asked before the one that is asked now. */
export function attemptsBefore({ auto, fallback }: Pick<RequestContext, 'auto' | 'fallback'>): number {
  return auto?.attempts ?? fallback?.attempts ?? 0;
}
