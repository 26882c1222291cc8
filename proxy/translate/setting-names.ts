import type { Family } from './conversation.ts';

/** What a conversation says that a family may have no word for. */
export type Setting =
  | 'model'
  | 'messages'
  | 'tools'
  | 'toolChoice'
  | 'parallelCalls'
  | 'format'
  | 'thinking'
  | 'maxTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'stop'
  | 'seed'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'logitBias'
  | 'count'
  | 'logprobs'
  | 'user'
  | 'serviceTier'
  | 'promptCacheKey';

/** Names of the settings as the OpenAI families write them. */
const OPENAI = {
  model: 'model',
  messages: 'messages',
  tools: 'tools',
  toolChoice: 'tool_choice',
  parallelCalls: 'parallel_tool_calls',
  format: 'response_format',
  thinking: 'reasoning_effort',
  maxTokens: 'max_completion_tokens',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  stop: 'stop',
  seed: 'seed',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  logitBias: 'logit_bias',
  count: 'n',
  logprobs: 'logprobs',
  user: 'user',
  serviceTier: 'service_tier',
  promptCacheKey: 'prompt_cache_key',
} as const satisfies Record<Setting, string>;

const NAMES: Readonly<Record<Family, Readonly<Record<Setting, string>>>> = {
  chat: OPENAI,
  responses: {
    ...OPENAI,
    messages: 'input',
    format: 'text.format',
    thinking: 'reasoning',
    maxTokens: 'max_output_tokens',
    logprobs: 'top_logprobs',
  },
  messages: {
    ...OPENAI,
    parallelCalls: 'tool_choice.disable_parallel_tool_use',
    format: 'output_config.format',
    thinking: 'thinking',
    maxTokens: 'max_tokens',
    stop: 'stop_sequences',
    user: 'metadata.user_id',
  },
  gemini: {
    ...OPENAI,
    messages: 'contents',
    toolChoice: 'toolConfig.functionCallingConfig',
    format: 'generationConfig.responseJsonSchema',
    thinking: 'generationConfig.thinkingConfig',
    maxTokens: 'generationConfig.maxOutputTokens',
    temperature: 'generationConfig.temperature',
    topP: 'generationConfig.topP',
    topK: 'generationConfig.topK',
    stop: 'generationConfig.stopSequences',
    seed: 'generationConfig.seed',
    presencePenalty: 'generationConfig.presencePenalty',
    frequencyPenalty: 'generationConfig.frequencyPenalty',
    count: 'generationConfig.candidateCount',
    logprobs: 'generationConfig.logprobs',
    serviceTier: 'serviceTier',
  },
};

/** The field in which a client of the family says it. */
export function settingName(family: Family, setting: Setting): string {
  return NAMES[family][setting];
}
