import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { countCodePoints, firstCodePoints } from './code-points.ts';
import { member, type RequestFamily } from './shapes.ts';

/** Code points of a prompt that tell it from others: what a provider's cache of prompts has is a beginning. */
const PREFIX_POINTS = 4_096;

/** Members of a request that a prompt is made of, in the order in which they count. */
const PROMPT: Readonly<Record<RequestFamily, readonly string[]>> = {
  chat: ['tools', 'functions', 'messages'],
  responses: ['instructions', 'tools', 'input'],
  messages: ['system', 'tools', 'messages'],
  gemini: ['systemInstruction', 'tools', 'contents'],
};

/** Pictures and sound, and what marks places in a prompt. */
const NO_TEXT: ReadonlySet<string> = new Set(['data', 'image_url', 'file_data', 'cache_control']);

/**
 * The first 4,096 code points of the request's text: instructions, definitions of tools, then messages, each with its role, a line
 * each text. Equal prompts have equal prefixes. Reads no further than it has to.
 */
export function promptPrefix(family: RequestFamily, body: JsonObject): string {
  const texts = new Texts();
  for (const name of PROMPT[family]) {
    texts.add(family === 'gemini' ? member(body, name) : body[name]);
    if (texts.isFull) break;
  }
  return texts.prefix;
}

class Texts {
  readonly #texts: string[] = [];
  #left = PREFIX_POINTS;

  get isFull(): boolean {
    return this.#left <= 0;
  }

  get prefix(): string {
    return firstCodePoints(this.#texts.join('\n'), PREFIX_POINTS);
  }

  /** Every text below the value, in the order in which they stand there. */
  add(value: Json | undefined): void {
    if (this.isFull || value === undefined) return;
    if (typeof value === 'string') {
      const text = firstCodePoints(value, this.#left);
      this.#texts.push(text);
      this.#left -= countCodePoints(text) + 1;
    } else if (Array.isArray(value)) {
      for (const one of value) {
        this.add(one);
        if (this.isFull) return;
      }
    } else if (isJsonObject(value)) {
      this.#addMembers(value);
    }
  }

  #addMembers(object: JsonObject): void {
    for (const name in object) {
      if (NO_TEXT.has(name)) continue;
      this.add(object[name]);
      if (this.isFull) return;
    }
  }
}
