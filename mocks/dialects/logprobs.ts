import type { EncodingName, Token, Tokenizer } from '../generation/tokenizer.ts';
import { float, quote } from './json.ts';

const ALTERNATIVES = [
  ' the',
  ' a',
  ' and',
  '.',
  ' I',
  ',',
  ' to',
  ' of',
  ' in',
  ' is',
  '\n',
  ' it',
  ' you',
  ' that',
  ' for',
  ' on',
  '!',
  ' as',
  ' with',
  ' be',
];

/** A token that holds a part of a character is shown with its bytes escaped. */
function shown(token: Token): string {
  if (!token.text.includes('\u{FFFD}')) return token.text;
  return token.bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Near 0 and different from token to token, always the same for the same token. */
function logprob(token: Token): number {
  const sum = token.bytes.reduce((total, byte) => (total * 31 + byte) % 9973, 7);
  return -sum / 100_000;
}

function entry(text: string, value: number, bytes: readonly number[]): string {
  return `"token":${quote(text)},"logprob":${float(value)},"bytes":[${bytes.join(',')}]`;
}

function alternatives(token: Token, wanted: number): string {
  const others = ALTERNATIVES.filter((text) => text !== token.text).slice(0, Math.max(0, wanted - 1));
  const entries = others.map((text, at) => `{${entry(text, -4.125 - at / 2, [...Buffer.from(text)])}}`);
  return wanted === 0 ? '' : [`{${entry(shown(token), logprob(token), token.bytes)}}`, ...entries].join(',');
}

/** JSON array of the tokens of `text`, each with its logarithmic probability, bytes and `top` likeliest alternatives. */
export function logprobsJson(text: string, top: number, encoding: EncodingName, tokenizer: Tokenizer): string {
  const entries = tokenizer
    .tokens(text, encoding)
    .map(
      (token) => `{${entry(shown(token), logprob(token), token.bytes)},"top_logprobs":[${alternatives(token, top)}]}`,
    );
  return `[${entries.join(',')}]`;
}
