import type { Json, JsonObject } from '../../core/json.ts';
import { compactJson, isExactObject, parseExact } from '../../wire/json-exact.ts';

export const DONE = Buffer.from('data: [DONE]\n\n');

/** Writes chunks around choices: what all chunks share is stringified once. */
export class ChunkWriter {
  readonly #head: string;
  readonly #tail: string;

  /** `head` stands before the choices, `tail` behind them. */
  constructor(head: object, tail: object) {
    this.#head = `data: ${JSON.stringify(head).slice(0, -1)}`;
    this.#tail = members(tail);
  }

  /** `extra` stands at the end of this one chunk and replaces nothing. */
  write(choices: readonly object[], extra: object = {}): Buffer {
    return Buffer.from(`${this.#head},"choices":${JSON.stringify(choices)}${this.#tail}${members(extra)}}\n\n`);
  }
}

function members(object: object): string {
  const text = JSON.stringify(object).slice(1, -1);
  return text === '' ? '' : `,${text}`;
}

/** A unary answer as an object whose numbers keep their spelling. Throws SyntaxError or TypeError for anything else. */
export function parseAnswer(body: Buffer): JsonObject {
  const answer = parseExact(compactJson(body).toString());
  if (!isExactObject(answer)) throw new TypeError('The answer to replay as a stream is not a JSON object.');
  return answer;
}

/** A piece of text with the logprobs that belong to it. */
export interface Piece {
  readonly text: string;
  readonly logprobs: Json[];
}

/**
 * Text as the tokens that its logprobs name, one a piece. Where tokens and text disagree (characters of several tokens)
 * it stays whole with all of them.
 */
export function tokenPieces(text: string, logprobs: readonly Json[]): Piece[] {
  const tokens = logprobs.map((entry) => (isExactObject(entry) ? entry['token'] : undefined));
  if (!areTextOf(tokens, text)) return [{ text, logprobs: [...logprobs] }];
  return tokens.map((token, index) => ({ text: token, logprobs: logprobs.slice(index, index + 1) }));
}

/** Whether the tokens are strings that make up the text. */
export function areTextOf(tokens: readonly (Json | undefined)[], text: string): tokens is string[] {
  return tokens.every((token) => typeof token === 'string') && tokens.join('') === text;
}
