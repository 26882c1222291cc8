import { ProxyError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Conversation, Family } from './conversation.ts';
import { fieldName, type Wish } from './fields.ts';

/**
 * Members that no other family has a word for and that change what an answer is or where it comes from, by the family whose clients
 * write them. Every other member that a conversation's `rest` holds only tunes.
 */
const MEANINGFUL: Readonly<Record<Family, ReadonlySet<string>>> = {
  chat: new Set(['audio', 'modalities', 'functions', 'function_call']),
  responses: new Set(['previous_response_id', 'conversation', 'background', 'prompt']),
  messages: new Set(['container', 'mcp_servers', 'inference_geo']),
  gemini: new Set([
    'cachedContent',
    'generationConfig.responseModalities',
    'generationConfig.speechConfig',
    'generationConfig.imageConfig',
    'generationConfig.mediaResolution',
  ]),
};

/** Values that wish for nothing but what happens anyway. */
function isDefault(name: string, value: Json): boolean {
  if (value === null || value === false) return true;
  return (
    Array.isArray(value) && value.every((item) => String(item).toLowerCase() === 'text') && /modalities$/i.test(name)
  );
}

/** What a request's writer could not tell the endpoint, named in the words of the client. */
export class Losses {
  private readonly family: Family | undefined;
  private readonly strict: boolean;
  private readonly lost = new Set<string>();

  /** `strict`: what would be dropped is refused. */
  constructor(family: Family | undefined, strict: boolean) {
    this.family = family;
    this.strict = strict;
  }

  get names(): readonly string[] {
    return [...this.lost];
  }

  /** The client's name of a wish. */
  name(wish: Wish): string {
    return fieldName(this.family, wish);
  }

  drop(wish: Wish): void {
    this.dropNamed(this.name(wish));
  }

  /** Throws ProxyError `unsupported_parameter` under `strict`. */
  dropNamed(name: string): void {
    if (this.strict) throw untranslatable(name, 'the endpoint has no word for it and `routing.translation` is strict');
    this.lost.add(name);
  }

  /** Throws ProxyError `unsupported_parameter`. */
  refuse(wish: Wish, why: string): never {
    throw untranslatable(this.name(wish), why);
  }

  /** Members that no neutral field holds: refused where they mean something, else dropped. Throws ProxyError `unsupported_parameter`. */
  dropRest(conversation: Conversation): void {
    const meaningful = MEANINGFUL[this.family ?? 'chat'];
    for (const name in conversation.rest) {
      if (isDefault(name, conversation.rest[name] ?? null)) continue;
      if (meaningful.has(name)) throw untranslatable(name, 'the endpoint speaks a protocol that has no word for it');
      this.dropNamed(name);
    }
  }
}

/** A field that changes the answer and cannot be told. */
export function untranslatable(param: string, why: string): ProxyError {
  return new ProxyError('unsupported_parameter', `'${param}' cannot be translated: ${why}.`, { param });
}
