import { MarkedPrefixes } from './marked-prefixes.ts';
import type { Tokenizer, EncodingName } from './tokenizer.ts';

/** Fewer tokens are never cached, and hits come in steps. */
export const CACHED_LEAST_TOKENS = 1024;
const STEP_TOKENS = 128;
const IN_MEMORY_MS = 10 * 60_000;
const EXTENDED_MS = 24 * 3_600_000;
const NODES_MOST = 4000;
/** Of the texts that once followed a prefix, so many of the latest are compared. */
const COMPARED_MOST = 32;
/** All texts that are remembered have so many characters at most. */
const CHARACTERS_MOST = 8_000_000;
/** What a turn costs besides its text. */
const TURN_TOKENS = 4;

/** One text in the tree of prompts; its children are the texts that came after it. */
interface Node {
  readonly next: Map<string, Node>;
  /** Epoch milliseconds. */
  until: number;
}

export interface CachedPrompt {
  /** Keeps prompts apart: model and `prompt_cache_key`. */
  readonly group: string;
  /** The prompt's texts in the order in which the model reads them: tools, instructions, turns. */
  readonly texts: readonly string[];
  /** Tokens of the whole prompt. */
  readonly tokens: number;
  readonly encoding: EncodingName;
  readonly retention: 'in_memory' | '24h';
}

export interface CacheUse {
  /** A multiple of 128, at least 1024, or 0. */
  readonly read: number;
  readonly written: number;
}

const NONE: CacheUse = { read: 0, written: 0 };

const steps = (tokens: number): number =>
  tokens < CACHED_LEAST_TOKENS ? 0 : Math.floor(tokens / STEP_TOKENS) * STEP_TOKENS;

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}

/** Which part of a prompt one endpoint has lately seen: the longest common beginning, as the provider bills it. */
export class PromptCache {
  /** Of requests that say themselves what is to be kept. */
  readonly marked = new MarkedPrefixes();
  readonly #groups = new Map<string, Node>();
  readonly #tokenizer: Tokenizer;
  #nodes = 0;
  #characters = 0;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** What of the prompt was known, and remembers it. `now`: epoch milliseconds. */
  use(prompt: CachedPrompt, now: number): CacheUse {
    if (prompt.tokens < CACHED_LEAST_TOKENS) return NONE;
    if (this.#nodes > NODES_MOST || this.#characters > CHARACTERS_MOST) this.#forget();
    const until = now + (prompt.retention === '24h' ? EXTENDED_MS : IN_MEMORY_MS);
    const { texts } = prompt;
    let node = this.#groups.get(prompt.group) ?? this.#add(this.#groups, prompt.group, until);
    let at = 0;
    for (; at < texts.length; at += 1) {
      const found = node.next.get(texts[at] ?? '');
      if (found === undefined || found.until <= now) break;
      found.until = until;
      node = found;
    }
    const whole = steps(prompt.tokens);
    const read = at === texts.length ? whole : Math.min(whole, steps(this.#prefixTokens(prompt, at, node, now)));
    for (const text of texts.slice(at)) node = this.#add(node.next, text, until);
    return { read, written: whole - read };
  }

  clear(): void {
    this.marked.clear();
    this.#forget();
  }

  #forget(): void {
    this.#groups.clear();
    this.#nodes = 0;
    this.#characters = 0;
  }

  /** Tokens of the first `known` texts and of what the next one has in common with texts that stood in its place. */
  #prefixTokens({ texts, encoding }: CachedPrompt, known: number, { next }: Node, now: number): number {
    const text = texts[known] ?? '';
    const latest = [...next].slice(-COMPARED_MOST).filter(([, { until }]) => until > now);
    const common = Math.max(0, ...latest.map(([other]) => commonLength(other, text)));
    const count = (part: string): number => this.#tokenizer.count(part, encoding);
    return texts.slice(0, known).reduce((sum, one) => sum + TURN_TOKENS + count(one), count(text.slice(0, common)));
  }

  /** Adds a text, or renews it; renewed ones count among the latest. */
  #add(among: Map<string, Node>, text: string, until: number): Node {
    const node: Node = { next: among.get(text)?.next ?? new Map<string, Node>(), until };
    if (!among.delete(text)) {
      this.#nodes += 1;
      this.#characters += text.length;
    }
    among.set(text, node);
    return node;
  }
}
