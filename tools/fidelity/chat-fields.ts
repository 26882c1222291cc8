import { accepted, honoured, proof } from './field.ts';
import type { Fields, Proof } from './field.ts';

const unary = (title: string): Proof => proof('mocks/dialects/chat/chat.test.ts', title);
const wish = (title: string): Proof => proof('mocks/dialects/chat/requested-format.test.ts', title);
const generated = (title: string): Proof => proof('mocks/generation/generate.test.ts', title);
const client = (title: string): Proof => proof('tests/conformance/chat.test.ts', title);
const stored = (title: string): Proof => proof('tests/conformance/stored-chat.test.ts', title);
const fields = (title: string): Proof => proof('tests/conformance/request-fields.test.ts', title);
const without = fields('a chat completion takes the fields that change nothing and answers as without them');
const repeated = wish('the same request has the same content, at temperature 0 and with a seed');

/** Every field of a chat request that the published specification knows. */
export const CHAT_FIELDS: Fields = {
  model: honoured(
    'names the snapshot, decides vocabulary, context and what is supported',
    client('a completion has its text, its usage adds up, and the request id is there'),
  ),
  messages: honoured(
    'the text is made of them; counted exactly; a tool’s answer is read back',
    unary('prompt tokens are 3, and 3 with role and content for each message'),
  ),
  n: honoured(
    'so many choices, interleaved in a stream',
    unary('choices take turns, each with its own role and finish'),
  ),
  stop: honoured('the text ends before it', generated('a stop word ends the text before it')),
  max_tokens: honoured(
    'cuts the text: `length`',
    generated('a token limit shortens the text to that many tokens and says length'),
  ),
  max_completion_tokens: honoured(
    'cuts the text: `length`',
    client('max_completion_tokens cuts the answer and says so'),
  ),
  temperature: accepted('the content is the same at every temperature', repeated),
  seed: accepted('the content is the same for every seed', repeated),
  top_p: accepted('nothing is drawn', without),
  frequency_penalty: accepted('nothing is drawn', without),
  presence_penalty: accepted('nothing is drawn', without),
  logit_bias: honoured('-100 bans a token, 100 forces it; values between change nothing', wish('-100 bans a token')),
  logprobs: honoured(
    'real tokens with their bytes',
    unary('logprobs carry the bytes of every token and the asked number of alternatives'),
  ),
  top_logprobs: honoured(
    'so many alternatives',
    unary('logprobs carry the bytes of every token and the asked number of alternatives'),
  ),
  response_format: honoured(
    'a value that is valid against any schema of the strict subset',
    proof(
      'mocks/generation/values/value.test.ts',
      'the value made for any schema of the strict subset is valid against it',
    ),
  ),
  tools: honoured(
    'functions and custom tools with grammars are called; counted',
    client('runTools calls the tool, reads its answer back and ends (stream: %s)'),
  ),
  tool_choice: honoured('auto, none, required, named, allowed_tools', client('tool_choice %j is honoured')),
  parallel_tool_calls: honoured(
    'one call at most when false',
    generated('without parallel calls only one tool is called'),
  ),
  functions: honoured('the older form of tools', unary('the older functions stream as function_call')),
  function_call: honoured('the older form of tool_choice', unary('the older functions stream as function_call')),
  stream: honoured(
    'events as the provider sends them',
    unary('role first, then the pieces, then an empty delta with the reason'),
  ),
  stream_options: honoured(
    'include_usage, include_obfuscation',
    unary('with include_usage every chunk has usage null and one more has the count'),
  ),
  store: honoured(
    'kept, listed, changed and deleted',
    stored('only completions created with store are listed, oldest first, with what the request said'),
  ),
  metadata: honoured(
    'kept with the stored completion; lists are filtered by it',
    stored('the list is filtered by model and by metadata, and turned around'),
  ),
  modalities: honoured(
    'a playable sound and its transcript',
    wish('is a playable WAV with the text as transcript, and is counted'),
  ),
  audio: honoured(
    'voice and format of the sound',
    wish('is a playable WAV with the text as transcript, and is counted'),
  ),
  prediction: honoured(
    'accepted and rejected tokens by what came true',
    wish('that differs in the middle is accepted around it, and what was wrong is billed'),
  ),
  reasoning_effort: honoured(
    'more or fewer reasoning tokens',
    generated('effort decides how long a reasoning model reasons'),
  ),
  verbosity: honoured(
    'a shorter or longer text',
    wish('verbosity makes an answer shorter or longer, not the answer to a known question'),
  ),
  web_search_options: honoured('a page is cited', wish('web search cites a page, also in the stream')),
  moderation: honoured(
    'question and answer are judged along the way',
    wish('moderation along the way judges question and answer, in a stream after the usage'),
  ),
  service_tier: honoured(
    'the tier that served is the asked one',
    fields('a chat completion says which tier served it'),
  ),
  prompt_cache_key: honoured(
    'cached tokens are counted by key',
    wish('are those of the longest common beginning, in steps of 128, per endpoint and cache key'),
  ),
  prompt_cache_retention: honoured(
    'how long a prompt stays cached',
    proof('mocks/generation/prompt-cache.test.ts', 'groups are apart, and time takes what is not used'),
  ),
  prompt_cache_options: accepted('cached as without it', without),
  user: accepted('identifies the end user', without),
  safety_identifier: accepted('identifies the end user', without),
};
