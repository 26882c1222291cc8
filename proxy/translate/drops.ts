import { ProxyError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Conversation, Family } from './conversation.ts';

const APIS: Readonly<Record<Family, string>> = {
  chat: 'Chat Completions API',
  responses: 'Responses API',
  messages: 'Messages API',
  gemini: 'Gemini API',
};

/** Why a field that changes the answer is refused. `why` completes or replaces the sentence. */
export function unsupported(param: string, family: Family, why?: string): ProxyError {
  const message =
    why ??
    `Unsupported parameter: '${param}' cannot be told to the endpoint of this model, which speaks the ${APIS[family]}.`;
  return new ProxyError('unsupported_parameter', message, { param });
}

/** What a client's member that the neutral form does not hold means where another family is written. */
export type RestRule = 'drop' | 'ignore' | 'refuse';

/** Rule of each member by name and family of the client; what is not named is dropped. */
export type RestRules = Readonly<Record<string, RestRule | ((value: JsonObject[string]) => RestRule)>>;

/** What the writer of a request could not tell. */
export class Drops {
  readonly #names = new Set<string>();
  readonly #strict: boolean;
  readonly #family: Family;

  /** `family`: the one that is written. */
  constructor(family: Family, strict: boolean) {
    this.#family = family;
    this.#strict = strict;
  }

  /** A field that only tunes the answer. Throws ProxyError where the configuration wants such fields refused. */
  drop(name: string): void {
    if (this.#strict) throw this.refuse(name);
    this.#names.add(name);
  }

  /** The error for a field that changes the answer. */
  refuse(param: string, why?: string): ProxyError {
    return unsupported(param, this.#family, why);
  }

  /** Members of the client's body that the writer has not written: each by the rule of the client's family. */
  settle(conversation: Conversation, rules: RestRules, written: ReadonlySet<string> = new Set()): void {
    for (const [name, value] of Object.entries(conversation.rest)) {
      if (written.has(name) || value === null) continue;
      const known = Object.hasOwn(rules, name) ? rules[name] : 'drop';
      const rule = typeof known === 'function' ? known(value) : known;
      if (rule === 'refuse') throw this.refuse(name);
      if (rule === 'drop') this.drop(name);
    }
  }

  get names(): readonly string[] {
    return [...this.#names];
  }
}
