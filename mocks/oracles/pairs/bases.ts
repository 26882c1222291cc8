export type Fields = Readonly<Record<string, unknown>>;

/** What pairs are made with. */
export interface PairOptions {
  /** Default `gpt-4o-mini`. */
  readonly model?: string | undefined;
  /** For parameters that only reasoning models take. Default `gpt-5-mini`; `null`: leave those out. */
  readonly reasoningModel?: string | null | undefined;
  readonly embeddingModel?: string | null | undefined;
  /** Stands in every prompt, so that no pair meets what an earlier run has left in a cache. Default: none. */
  readonly salt?: string | undefined;
}

/** What is varied for one operation. */
export interface PairBase {
  /** `chat` */
  readonly name: string;
  /** `POST /v1/chat/completions` */
  readonly operation: string;
  readonly good: Fields;
  /** What a parameter needs beside it. */
  readonly needs: Readonly<Record<string, Fields>>;
  /** Two values of parameters whose meaning no table of shapes knows. */
  readonly values: Readonly<Record<string, readonly [unknown, unknown]>>;
}

const schema = (field: string): Fields => ({
  type: 'object',
  properties: { [field]: { type: 'string' } },
  required: [field],
  additionalProperties: false,
});
const chatTool = (name: string): Fields => ({ type: 'function', function: { name, parameters: schema('city') } });
const responseTool = (name: string): Fields => ({ type: 'function', name, parameters: schema('city'), strict: true });

const prompt = ({ salt = '' }: PairOptions): string => `Say one word. ${salt}`.trim();

function chatBase(options: PairOptions): PairBase {
  const { model = 'gpt-4o-mini', reasoningModel = 'gpt-5-mini' } = options;
  const thinking = { model: reasoningModel };
  const tools = { tools: [chatTool('weather')] };
  return {
    name: 'chat',
    operation: 'POST /v1/chat/completions',
    good: {
      model,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: prompt(options) },
      ],
    },
    needs: {
      top_logprobs: { logprobs: true },
      tool_choice: tools,
      parallel_tool_calls: tools,
      function_call: { functions: [{ name: 'weather' }] },
      reasoning_effort: thinking,
      verbosity: thinking,
      web_search_options: { model: 'gpt-4o-search-preview' },
    },
    values: {
      tools: [[chatTool('weather')], [chatTool('traffic')]],
      functions: [[{ name: 'weather' }], [{ name: 'traffic' }]],
      tool_choice: ['required', 'none'],
      logit_bias: [{ 1234: 5 }, { 1234: 6 }],
      max_tokens: [40, 41],
      max_completion_tokens: [40, 41],
      n: [1, 2],
      seed: [7, 8],
      stop: ['END', 'STOP'],
      reasoning_effort: ['low', 'medium'],
      response_format: [
        { type: 'json_schema', json_schema: { name: 'a', schema: schema('a'), strict: true } },
        { type: 'json_schema', json_schema: { name: 'a', schema: schema('b'), strict: true } },
      ],
      prediction: [
        { type: 'content', content: 'one' },
        { type: 'content', content: 'two' },
      ],
    },
  };
}

function responsesBase(options: PairOptions): PairBase {
  const { model = 'gpt-4o-mini', reasoningModel = 'gpt-5-mini' } = options;
  const thinking = { model: reasoningModel };
  const tools = { tools: [responseTool('weather')] };
  const format = (field: string): Fields => ({
    format: { type: 'json_schema', name: 'a', schema: schema(field), strict: true },
  });
  return {
    name: 'responses',
    operation: 'POST /v1/responses',
    good: { model, instructions: 'Be brief.', input: prompt(options) },
    needs: { reasoning: thinking, tool_choice: tools, parallel_tool_calls: tools, max_tool_calls: tools },
    values: {
      tools: [[responseTool('weather')], [responseTool('traffic')]],
      tool_choice: ['required', 'none'],
      text: [format('a'), format('b')],
      max_output_tokens: [40, 41],
      max_tool_calls: [2, 3],
      reasoning: [{ effort: 'low' }, { effort: 'medium' }],
      top_logprobs: [2, 3],
      include: [['message.output_text.logprobs'], ['reasoning.encrypted_content']],
    },
  };
}

function embeddingsBase(options: PairOptions): PairBase {
  return {
    name: 'embeddings',
    operation: 'POST /v1/embeddings',
    good: { model: options.embeddingModel ?? 'text-embedding-3-small', input: prompt(options) },
    needs: {},
    values: { dimensions: [256, 512] },
  };
}

export function pairBases(options: PairOptions): readonly PairBase[] {
  const talking = [chatBase(options), responsesBase(options)];
  return options.embeddingModel === null ? talking : [...talking, embeddingsBase(options)];
}

/** Parameters about which gateways may think differently: transport, who asks, what is kept, what is paid for. */
export const POLICY_PARAMETERS: ReadonlySet<string> = new Set([
  'stream',
  'stream_options',
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
  'store',
  'service_tier',
  'background',
]);
