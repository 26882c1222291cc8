import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

const load = createRequire(import.meta.url);
const PATTERN_CHARACTERS = 1000;

/**
 * Whether a pattern of a schema matches a text, in time that grows with the text alone. False for patterns with look-around
 * and back references, which cannot be answered so.
 */
export function accepts(pattern: string, text: string): boolean {
  if (pattern.length > PATTERN_CHARACTERS) return false;
  try {
    // Loaded with the first pattern: a server without one starts without the engine.
    const { RE2JS: engine } = load('re2js') as { RE2JS: typeof RE2JS };
    return engine.compile(pattern).matcher(text).find();
  } catch {
    return false;
  }
}
