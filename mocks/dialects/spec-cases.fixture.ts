const weather = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['c', 'f'] } },
  required: ['city', 'unit'],
  additionalProperties: false,
};
const calendar = {
  type: 'object',
  properties: { title: { type: 'string' }, days: { type: 'array', items: { type: 'integer', minimum: 1 } } },
  required: ['title', 'days'],
  additionalProperties: false,
};

const chatTools = [
  { type: 'function', function: { name: 'get_weather', description: 'Weather', parameters: weather } },
  { type: 'function', function: { name: 'add_calendar', parameters: calendar, strict: true } },
  { type: 'custom', custom: { name: 'run_script', description: 'Free text' } },
];
const responsesTools = [
  { type: 'function', name: 'get_weather', description: 'Weather', parameters: weather, strict: true },
  { type: 'function', name: 'add_calendar', parameters: calendar, strict: true },
  { type: 'custom', name: 'run_script', description: 'Free text' },
];

const hello = [{ role: 'user', content: 'Hello from LLMProxy, please' }];
const both = 'Look up the weather and write it into my calendar';
const schema = { type: 'json_schema', name: 'weather', schema: weather, strict: true };

/** Chat requests that together make every shape a chat answer has. */
export const CHAT_CASES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'a text': { model: 'gpt-4o-mini', messages: hello },
  'a reasoning model': { model: 'gpt-5-mini', messages: hello },
  'a model without fingerprint': { model: 'gpt-3.5-turbo', messages: hello },
  'three choices': { model: 'gpt-4.1', messages: hello, n: 3 },
  logprobs: { model: 'gpt-4o', messages: hello, logprobs: true, top_logprobs: 3 },
  'a length limit': { model: 'gpt-4o', messages: hello, max_tokens: 2 },
  'a limit inside the reasoning': { model: 'gpt-5', messages: hello, max_completion_tokens: 20 },
  'a stop word': { model: 'gpt-4o', messages: hello, stop: ['from'] },
  'one tool call': { model: 'gpt-4o', messages: [{ role: 'user', content: 'weather?' }], tools: chatTools },
  'two tool calls': { model: 'gpt-4o', messages: [{ role: 'user', content: both }], tools: chatTools },
  'a custom tool': {
    model: 'gpt-5',
    messages: hello,
    tools: chatTools,
    tool_choice: { type: 'custom', custom: { name: 'run_script' } },
  },
  'a JSON schema': {
    model: 'gpt-4o',
    messages: hello,
    response_format: { type: 'json_schema', json_schema: { name: 'weather', schema: weather, strict: true } },
  },
  'a JSON object': { model: 'gpt-4o', messages: hello, response_format: { type: 'json_object' } },
  'the older functions': { model: 'gpt-4', messages: hello, functions: [{ name: 'get_weather', parameters: weather }] },
};

/** Responses requests that together make every shape a response has. */
export const RESPONSES_CASES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'a text': { model: 'gpt-4o-mini', input: 'Count from 1 to 5', instructions: 'Be brief', metadata: { a: 'b' } },
  'a reasoning model': { model: 'gpt-5-mini', input: 'Hi' },
  'a reasoning summary': {
    model: 'gpt-5',
    input: 'Hi',
    reasoning: { effort: 'low', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
  },
  'a model with phases': { model: 'gpt-5.5', input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }] },
  logprobs: { model: 'gpt-4o', input: 'Hi', include: ['message.output_text.logprobs'], top_logprobs: 2 },
  'a length limit': { model: 'gpt-4o', input: 'Tell me a bedtime story about a unicorn', max_output_tokens: 16 },
  'a limit inside the reasoning': { model: 'gpt-5', input: 'Hi', max_output_tokens: 16 },
  'one tool call': { model: 'gpt-4o', input: 'weather?', tools: responsesTools },
  'two tool calls': { model: 'gpt-5', input: both, tools: responsesTools },
  'a custom tool': {
    model: 'gpt-5',
    input: 'Hi',
    tools: responsesTools,
    tool_choice: { type: 'custom', name: 'run_script' },
  },
  'a JSON schema': { model: 'gpt-4o', input: 'Hi', text: { format: schema } },
  'a JSON object': { model: 'gpt-4o', input: 'Hi', text: { format: { type: 'json_object' }, verbosity: 'low' } },
  'background work': { model: 'gpt-4o', input: 'Hi', background: true },
  'a conversation': { model: 'gpt-4o', input: 'Hi', conversation: 'conv_1', store: false },
  'a tool result': {
    model: 'gpt-4o',
    tools: responsesTools,
    input: [
      { role: 'user', content: 'weather?' },
      { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
    ],
  },
};
