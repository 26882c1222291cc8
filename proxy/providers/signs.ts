import type { EndpointError } from './error-body.ts';

/** What an error can be about when its status alone does not say it. */
export type Sign =
  /** No money or quota left: waiting does not help. */
  | 'quota'
  /** A quota that comes back by itself within minutes. */
  | 'passing'
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
  passing: { codes: [], texts: [] },
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

/** That a prompt is too long costs the endpoint nothing, so it is recognised wherever it stands. */
const CONTEXT_WORDS: readonly RegExp[] = [
  /exceeds? the (?:available )?context (?:window|size|length|limit)/i,
  /exceed(?:s|ed)? (?:the |this |your )?(?:model'?s? )?(?:max(?:imum)? )?(?:context|prompt|input) (?:window|size|length|limit)/i,
  /(?:context|prompt) (?:window|size|length|limit) (?:is |was |has been )?exceed(?:s|ed)/i,
  /prompt is too long|prompt too long|input is too long|input (?:token )?length exceeds/i,
  /exceeds the maximum number of (?:input )?tokens|too many (?:input )?tokens\b|maximum (?:model|prompt|input) length/i,
  /prompt (?:token count|exceeds max length)|exceeded model token limit|tokens? limit exceeded/i,
  /longer than the model'?s? context|loaded with context length of only|context the overflows/i,
  /`?inputs`? (?:tokens \+ `?max_new_tokens`? must be|must have less than)/i,
  /number of input tokens .{0,64}(?:cannot|can not|must not) exceed/i,
  /please reduce the length of (?:the|your) (?:messages|prompt|input)/i,
  /context_length_exceeded/i,
];

/** What servers of others say: Azure, Anthropic, Gemini, Groq, DeepSeek, xAI, OpenRouter, Mistral, Ollama, vLLM, llama.cpp … */
export const FOREIGN_DIALECT: Dialect = {
  quota: {
    codes: [
      'insufficient_balance',
      'insufficient_funds',
      'insufficient_credits',
      'billing_error',
      'exceeded_current_quota_error',
      'organization_restricted',
      'Arrearage',
      // Z.ai and SiliconFlow number their errors.
      '1113',
      '30001',
    ],
    texts: [
      /^insufficient (?:account )?(?:balance|credits?|funds)/i,
      /^your (?:account's? )?(?:credit |account )?balance is (?:too low|insufficient|not enough)/i,
      /^(?:sorry, )?(?:your )?account balance is insufficient/i,
      /^(?:this request )?requires more credits/i,
      /^credit limit exceeded/i,
      /^(?:you(?:r team|r newly created team| have|'ve)?) .{0,64}(?:used all available credits|doesn't have any credits|have no credits)/i,
      /^you have (?:exceeded|used up|reached) your (?:monthly|included|free|usage|spend(?:ing)?)/i,
      /^(?:this )?account .{0,64}is (?:suspended|in arrears|overdue)/i,
      /^(?:quota|monthly spending limit|spending limit) (?:exceeded|reached|exhausted)/i,
      /insufficient_quota/i,
    ],
  },
  // Gemini words the limit of a minute like an account that is empty, and adds when to come back.
  passing: { codes: [], texts: [/^you exceeded your current quota.*\bretry in \d/i] },
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
    codes: [
      'context_window_exceeded',
      'exceed_context_size_error',
      'context_too_long',
      'model_max_prompt_tokens_exceeded',
      // Z.ai.
      '1261',
    ],
    texts: CONTEXT_WORDS,
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
