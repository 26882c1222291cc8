import type { ProxyError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Conversation, Family } from './conversation.ts';
import { Drops, type RestRules } from './drops.ts';
import type { RequestTarget } from './types.ts';
import { settingName, type Setting } from './setting-names.ts';

/** Refused, unless the value asks for nothing but what happens anyway. */
const refused = (value: Json | undefined) =>
  value === false || (Array.isArray(value) && value.length === 0) ? 'ignore' : 'refuse';

const textOnly = (value: Json | undefined) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item.toLowerCase() === 'text')
    ? 'ignore'
    : 'refuse';

/**
 * Members of a client's body that no other family has a word for and that change what an answer is or where it comes from. Every other
 * member that a conversation's `rest` holds only tunes, and is dropped.
 */
const RULES: Readonly<Record<Family, RestRules>> = {
  chat: {
    // The neutral form holds what they say.
    thinking: 'ignore',
    reasoning: 'ignore',
    // Says nothing unless sound is asked for.
    audio: 'ignore',
    modalities: textOnly,
    tool_choice: 'refuse',
    store: (value) => (value === true ? 'drop' : 'ignore'),
  },
  responses: {
    tool_choice: 'refuse',
    previous_response_id: refused,
    conversation: refused,
    background: refused,
    prompt: refused,
    // The proxy keeps responses where the endpoint does not.
    store: 'ignore',
    truncation: (value) => (value === 'disabled' ? 'ignore' : 'drop'),
  },
  messages: {
    container: refused,
    mcp_servers: refused,
    inference_geo: refused,
  },
  gemini: {
    cachedContent: refused,
    'generationConfig.responseModalities': textOnly,
    'generationConfig.responseMimeType': refused,
    'generationConfig.speechConfig': refused,
    'generationConfig.imageConfig': refused,
  },
};

/** What the writer of a request could not tell, by the conversation's own names of settings. */
export class Losses {
  private readonly drops: Drops;
  private readonly client: Family;

  /** `family`: the one that is written. */
  constructor(conversation: Conversation, family: Family, target: RequestTarget) {
    this.client = conversation.family;
    this.drops = new Drops(family, target.strict);
  }

  get names(): readonly string[] {
    return this.drops.names;
  }

  /** The client's name of a setting. */
  name(setting: Setting): string {
    return settingName(this.client, setting);
  }

  /** The error for a member of the client's body that changes the answer. */
  refuseNamed(name: string, why?: string): ProxyError {
    return this.drops.refuse(name, why);
  }

  /** Throws ProxyError `unsupported_parameter` where drops are to be refused. */
  drop(setting: Setting): void {
    this.drops.drop(this.name(setting));
  }

  /** Throws ProxyError `unsupported_parameter` where drops are to be refused. */
  dropNamed(name: string): void {
    this.drops.drop(name);
  }

  /** The error for a setting that changes the answer. `why` replaces its sentence. */
  refuse(setting: Setting, why?: string): ProxyError {
    return this.drops.refuse(this.name(setting), why);
  }

  /** `written`: members that the writer has written. Throws ProxyError `unsupported_parameter` for one that changes the answer. */
  settle(conversation: Conversation, written?: ReadonlySet<string>): void {
    this.drops.settle(conversation, RULES[this.client], written);
  }
}
