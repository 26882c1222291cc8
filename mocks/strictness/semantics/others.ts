import { violation } from '../../refusals/violation.ts';
import type { Check } from './facts.ts';
import { given } from './facts.ts';
import { servesElsewhere } from './model.ts';

const DIMENSIONS: Readonly<Record<string, number>> = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
};

const dimensions: Check = ({ body, model }) => {
  const asked = body['dimensions'];
  if (typeof asked !== 'number') return undefined;
  const most = DIMENSIONS[model];
  if (model === 'text-embedding-ada-002') {
    return violation('This model does not support specifying dimensions.', null);
  }
  if (most === undefined || asked <= most) return undefined;
  const message = `Invalid value for 'dimensions' = ${asked}. Must be less than or equal to ${most}.`;
  return violation(message, 'dimensions');
};

const INVALID_INPUT =
  "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.";

function isToken(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}

/** Texts, tokens, or lists of tokens; nothing empty, nothing mixed. */
const embeddingInput: Check = ({ body }) => {
  const { input } = body;
  if (!Array.isArray(input)) return undefined;
  const fits =
    input.every(isToken) ||
    input.every((item) => typeof item === 'string' && item !== '') ||
    input.every((item) => Array.isArray(item) && item.length > 0 && item.every(isToken));
  return fits ? undefined : violation(INVALID_INPUT);
};

/** Tokens of each input: texts are counted, token lists have their length. */
function inputSizes(input: unknown, tokensOf: (text: string) => number): readonly number[] {
  if (!Array.isArray(input)) return [tokensOf(String(input))];
  if (input.every(isToken)) return [input.length];
  return input.map((item) => (Array.isArray(item) ? item.length : tokensOf(String(item))));
}

const TOKENS_PER_REQUEST = 300_000;

const embeddingLength: Check = ({ body, profile, surroundings }) => {
  const sizes = inputSizes(body['input'], surroundings.tokensOf);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  if (all > TOKENS_PER_REQUEST) {
    const message = `Requested ${all} tokens, max ${TOKENS_PER_REQUEST} tokens per request`;
    return { ...violation(message, null, 'max_tokens_per_request'), type: 'max_tokens_per_request' };
  }
  const tokens = sizes.find((size) => size > profile.window);
  if (tokens === undefined) return undefined;
  const message = `This model's maximum context length is ${profile.window} tokens, however you requested ${tokens} tokens (${tokens} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.`;
  return violation(message);
};

export const embeddingChecks: readonly Check[] = [
  servesElsewhere('embeddings'),
  embeddingInput,
  dimensions,
  embeddingLength,
];

const USUAL_MAX_TOKENS = 16;

const completionLength: Check = ({ body, profile, surroundings }) => {
  const prompt = surroundings.promptTokens();
  const answer = typeof body['max_tokens'] === 'number' ? body['max_tokens'] : USUAL_MAX_TOKENS;
  if (prompt + answer <= profile.window) return undefined;
  const message = `This model's maximum context length is ${profile.window} tokens, however you requested ${prompt + answer} tokens (${prompt} in your prompt; ${answer} for the completion). Please reduce your prompt; or completion length.`;
  return violation(message, null, 'context_length_exceeded');
};

const bestOf: Check = ({ body }) => {
  const choices = typeof body['n'] === 'number' ? body['n'] : 1;
  const best = typeof body['best_of'] === 'number' ? body['best_of'] : choices;
  if (best < choices) {
    const message = `Invalid value for 'best_of': ${best}. You must have best_of >= n, but n is ${choices}.`;
    return violation(message, 'best_of');
  }
  return best > 1 && best > choices && body['stream'] === true
    ? violation("The 'best_of' parameter cannot be used when 'stream' is enabled.", 'best_of')
    : undefined;
};

export const completionChecks: readonly Check[] = [
  servesElsewhere('completions'),
  ({ body }) =>
    given(body, 'stream_options') && body['stream'] !== true
      ? violation("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options')
      : undefined,
  bestOf,
  completionLength,
];
