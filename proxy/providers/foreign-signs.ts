import type { Dialect } from './signs.ts';

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

/** What servers say that speak the API of OpenAI: Groq, DeepSeek, xAI, OpenRouter, Mistral, Ollama, vLLM, llama.cpp … */
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
      /^rate limit exceeded: free-models-per-day/i,
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
    codes: ['model_not_exist', 'model_not_available', 'invalid_model', 'ENDPOINT_NOT_FOUND'],
    texts: [
      /^(?:the )?model .{0,256}\b(?:not found|not exist)/i,
      /^(?:the api deployment|there is no such (?:model|deployment)|the given endpoint does not exist)/i,
      /^no (?:allowed )?(?:endpoints|providers) (?:are )?(?:found|available)/i,
      /^(?:invalid model|no such model|unable to access model)\b/i,
      /^.{1,256} is not a valid model id/i,
      /^resource not found\.?$/i,
      /^no models? (?:is |are )?loaded\b/i,
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
  filter: { codes: [], texts: [/\bflagged\b/i] },
};
