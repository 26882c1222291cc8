import type { ErrorFields } from '../types.ts';

/** OpenAI's error body: `{"error": {message, type, param, code}}`, written as the real API writes it. */
export function errorBody({ message, type, param, code }: ErrorFields): Buffer {
  return Buffer.from(JSON.stringify({ error: { message, type, param, code } }, null, 2));
}
