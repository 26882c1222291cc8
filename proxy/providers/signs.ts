import type { EndpointError } from './error-body.ts';

/** What an error can be about when its status alone does not say it. */
export type Sign =
  /** No money or quota left: waiting does not help. */
  | 'quota'
  /** The credential is unknown or expired. */
  | 'key'
  /** The credential is good, but not for this operation. */
  | 'permission'
  /** The endpoint does not have the model or deployment. */
  | 'model'
  /** The prompt exceeds the context window of the model. */
  | 'context'
  /** The request alone exceeds a limit per minute. */
  | 'limit-size'
  /** The request refers to a response, conversation or encrypted item that the account does not hold. */
  | 'reference'
  /** The content was refused by a filter. */
  | 'filter';

export interface SignRule {
  /** Of the error's `code` or `type`. */
  readonly codes: readonly string[];
  /**
   * Of its message. Providers repeat parts of the request in messages: a sentence that costs an endpoint its place is
   * only recognised at the beginning, where nothing of the request stands.
   */
  readonly texts: readonly RegExp[];
}

/** How one kind of server words its errors. */
export type Dialect = Readonly<Record<Sign, SignRule>>;

export const OPENAI_DIALECT: Dialect = {
  quota: {
    codes: ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active'],
    texts: [/^you exceeded your current quota/i, /^billing hard limit/i],
  },
  key: {
    codes: ['invalid_api_key'],
    texts: [/^incorrect api key provided/i],
  },
  permission: {
    codes: ['insufficient_permissions'],
    texts: [/^you have insufficient permissions for this operation/i, /\bmissing scopes:/i],
  },
  model: {
    codes: ['model_not_found'],
    texts: [
      /^the (?:requested )?model .{1,256} does not exist/i,
      /^you are not allowed to .{1,64} (?:from )?this model/i,
    ],
  },
  context: {
    codes: ['context_length_exceeded'],
    texts: [/maximum context length/i, /exceeds the context window/i],
  },
  'limit-size': {
    codes: [],
    texts: [/^request too large\b.*(?:\btokens per min|\bTPM\b)/i],
  },
  reference: {
    codes: ['previous_response_not_found', 'invalid_encrypted_content'],
    texts: [/^previous response with id .{1,256} not found/i, /^conversation with id .{1,256} not found/i],
  },
  filter: {
    codes: ['content_filter', 'content_policy_violation', 'moderation_blocked'],
    texts: [],
  },
};

/** What servers of others say: Azure, Anthropic, Gemini, Groq, DeepSeek, xAI, OpenRouter, Mistral, Ollama, vLLM, llama.cpp … */
export const FOREIGN_DIALECT: Dialect = {
  quota: {
    codes: ['insufficient_balance'],
    texts: [
      /^insufficient (?:balance|credits?|funds)/i,
      /^your credit balance is too low/i,
      /^(?:this request )?requires more credits/i,
      /^credit limit exceeded/i,
      /insufficient_quota/i,
    ],
  },
  key: {
    codes: [],
    texts: [
      /^(?:invalid|missing|no|expired) (?:api|auth\w*)[ _-]?(?:key|token|credentials?)\b/i,
      /^api[ _-]?key (?:not valid|not found|expired|invalid|is invalid)/i,
    ],
  },
  permission: { codes: ['permission_error'], texts: [/^this key .{0,64}not (?:permitted|allowed|authorized) to/i] },
  model: {
    codes: ['DeploymentNotFound', 'model_not_exist'],
    texts: [
      /^(?:the )?model .{0,256}\b(?:not found|not exist)/i,
      /^(?:the api deployment|there is no such (?:model|deployment))/i,
      /^no (?:allowed )?(?:endpoints|providers) (?:are )?(?:found|available)/i,
      /^(?:invalid model|no such model|unable to access model)\b/i,
      /^.{1,256} is not a valid model id/i,
      /^resource not found\.?$/i,
    ],
  },
  context: {
    codes: ['context_window_exceeded', 'exceed_context_size_error'],
    texts: [
      /exceeds? the (?:available )?context (?:window|size)/i,
      /prompt is too long|input is too long|exceeds the maximum number of tokens|maximum model length/i,
      /context_length_exceeded/i,
    ],
  },
  'limit-size': { codes: [], texts: [] },
  reference: { codes: [], texts: [] },
  filter: { codes: [], texts: [/\bflagged\b/i] },
};

/** `Limit 30000, Requested 36278`. */
const LIMIT_AND_REQUEST = /\blimit:? (\d+)\b.{0,80}?\brequested:? (\d+)\b/i;

/** Reads the signs of one error in the given dialects. */
export function signReader(error: EndpointError, dialects: readonly Dialect[]): (sign: Sign) => boolean {
  const names = [error.type, error.code].filter((name) => name !== undefined);
  return (sign) =>
    dialects.some(
      (dialect) =>
        dialect[sign].codes.some((code) => names.includes(code)) ||
        dialect[sign].texts.some((text) => text.test(error.message)),
    ) ||
    (sign === 'limit-size' && isBeyondLimit(error.message));
}

function isBeyondLimit(message: string): boolean {
  const [, limit, requested] = LIMIT_AND_REQUEST.exec(message) ?? [];
  return Number(requested) > Number(limit);
}
