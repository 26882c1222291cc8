import type { Conversation } from './conversation.ts';
import { identifierWords } from './words.ts';

const RESULT_CHARACTERS = 16_000;
const DEPTH_LIMIT = 4;
const KEYS_MOST = 300;

/** What a tool returned, without the word that frameworks put before it. */
export function withoutMark(text: string): string {
  return text.replace(/^\s{0,8}(?:observation|tool (?:result|response|output))\s{0,2}:\s{0,8}/i, '');
}

function parsed(text: string): unknown {
  const trimmed = text.slice(0, RESULT_CHARACTERS).trim();
  if (!/^[[{"\d-]|^(?:true|false)$/.test(trimmed)) return trimmed;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    return trimmed;
  }
}

function collect(value: unknown, found: Map<string, unknown>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > DEPTH_LIMIT) return;
  for (const [key, inner] of Object.entries(value)) {
    if (found.size >= KEYS_MOST) return;
    if (!Array.isArray(value) && !found.has(key)) found.set(key, inner);
    collect(inner, found, depth + 1);
  }
}

/** What tools returned, by key; a plain value by the words of its tool's name. */
export function returnedValues(talk: Conversation): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const { name, text } of talk.returned.toReversed()) {
    const value = parsed(withoutMark(text));
    if (typeof value === 'object') collect(value, found, 0);
    else for (const word of identifierWords(name ?? '').slice(1)) if (!found.has(word)) found.set(word, value);
  }
  return found;
}
