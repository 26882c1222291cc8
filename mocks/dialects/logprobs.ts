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

/** Of the n-th likeliest token after the one that was taken. */
const alternativeLogprob = (at: number): number => -4.125 - at / 2;

function others(token: Token, wanted: number): readonly string[] {
  return ALTERNATIVES.filter((text) => text !== token.text).slice(0, Math.max(0, wanted));
}

function alternatives(token: Token, wanted: number): string {
  const entries = others(token, wanted - 1).map(
    (text, at) => `{${entry(text, alternativeLogprob(at), [...Buffer.from(text)])}}`,
  );
  return wanted === 0 ? '' : [`{${entry(shown(token), logprob(token), token.bytes)}}`, ...entries].join(',');
}

export interface LikelyToken {
  readonly text: string;
  readonly logprob: number;
}

/** The tokens of a text, each with its probability and the `top` likeliest in its place, itself among them. */
export function likelyTokens(
  text: string,
  top: number,
  encoding: EncodingName,
  tokenizer: Tokenizer,
): readonly { readonly chosen: LikelyToken; readonly top: readonly LikelyToken[] }[] {
  return tokenizer.tokens(text, encoding).map((token) => {
    const chosen = { text: shown(token), logprob: logprob(token) };
    const rest = others(token, top - 1).map((other, at) => ({ text: other, logprob: alternativeLogprob(at) }));
    return { chosen, top: top === 0 ? [] : [chosen, ...rest] };
  });
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

/** The form of legacy completions; offsets are characters from the beginning of the prompt. The token that was taken is always among the likeliest. */
export function legacyLogprobs(text: string, start: number, top: number, tokens: readonly Token[]): object {
  let offset = start;
  const offsets = tokens.map((token) => {
    const at = Math.min(offset, start + text.length);
    offset += token.text.length;
    return at;
  });
  return {
    text_offset: offsets,
    token_logprobs: tokens.map(logprob),
    tokens: tokens.map((token) => (token.text.includes('\u{FFFD}') ? `bytes:${shown(token)}` : token.text)),
    top_logprobs: tokens.map((token) => ({
      [shown(token)]: logprob(token),
      ...Object.fromEntries(others(token, top - 1).map((other, at) => [other, alternativeLogprob(at)])),
    })),
  };
}
