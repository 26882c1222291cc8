import { accepted, echoed, honoured, proof } from './field.ts';
import type { Fields, Proof } from './field.ts';

const made = (title: string): Proof => proof('mocks/dialects/responses/create.test.ts', title);
const wish = (title: string): Proof => proof('mocks/dialects/responses/requested-format.test.ts', title);
const hosted = (title: string): Proof => proof('mocks/dialects/responses/hosted/hosted.test.ts', title);
const client = (title: string): Proof => proof('tests/conformance/responses.test.ts', title);
const fields = (title: string): Proof => proof('tests/conformance/request-fields.test.ts', title);
const shown = fields('a response shows the fields that change nothing else');
const echo = made('the request’s fields are echoed, tools and formats with their defaults filled in');

/** Every field of a Responses request that the published specification knows. */
export const RESPONSE_FIELDS: Fields = {
  model: honoured(
    'names the snapshot, decides vocabulary, context and what is supported',
    client('a response has its text and its usage adds up'),
  ),
  input: honoured(
    'text or items; the text is made of it; counted exactly',
    made('tokens are counted by the provider’s arithmetic'),
  ),
  instructions: honoured('read, counted and echoed', made('tokens are counted by the provider’s arithmetic')),
  previous_response_id: honoured(
    'carries the history',
    made('previous_response_id brings the earlier turns into the count and the tools’ names'),
  ),
  conversation: honoured(
    'read before, appended to afterwards',
    proof(
      'tests/conformance/conversations.test.ts',
      'a response in a conversation has read what was said before, and appends input and answer',
    ),
  ),
  max_output_tokens: honoured(
    'cuts the text: `incomplete`',
    client('max_output_tokens makes the response incomplete and says why, streamed or not'),
  ),
  max_tool_calls: honoured('bounds the calls of hosted tools', hosted('max_tool_calls bounds them')),
  text: honoured(
    'format: any schema of the strict subset; verbosity',
    client('parse gives an object that fits the schema, streamed or not'),
  ),
  tools: honoured(
    'functions, custom tools and all hosted tools, with their items and events',
    hosted('a web search precedes a text that cites a page'),
  ),
  tool_choice: honoured('auto, none, required, named, by type, allowed_tools', made('allowed tools bound the choice')),
  parallel_tool_calls: honoured(
    'one call at most when false',
    proof('mocks/generation/generate.test.ts', 'without parallel calls only one tool is called'),
  ),
  include: honoured(
    'sources, results, outputs, encrypted reasoning, logprobs; the two about images of the input add nothing',
    hosted('a code interpreter streams its code and shows its output only when that is included'),
  ),
  reasoning: honoured(
    'effort decides the tokens, summary the parts',
    wish('summaries are concise or detailed, as asked'),
  ),
  truncation: honoured(
    'input beyond the context is refused, or loses its oldest turns',
    wish('loses its oldest turns when truncation is automatic'),
  ),
  top_logprobs: honoured('so many alternatives', made('logprobs fill when they are included')),
  store: honoured('kept, or not', made('a response with store false is not kept')),
  background: honoured(
    'queued, in progress, completed; can be cancelled',
    client('background work is queued and completed when it is polled'),
  ),
  stream: honoured(
    'events as the provider sends them, numbered',
    client('the events of a stream are numbered without a gap and begin and end as they must'),
  ),
  stream_options: honoured(
    'include_obfuscation',
    proof(
      'mocks/dialects/responses/stream.test.ts',
      'obfuscation is absent when switched off, in background, and beside refusals',
    ),
  ),
  service_tier: honoured(
    'the tier that served is the asked one',
    wish('the tier that was asked for is the one that served'),
  ),
  moderation: honoured(
    'input and output are judged along the way',
    wish('moderation along the way judges input and output of a finished response'),
  ),
  prompt_cache_key: honoured('cached tokens are counted by key', wish('cached tokens grow with a conversation')),
  prompt_cache_retention: honoured(
    'how long a prompt stays cached',
    proof('mocks/generation/prompt-cache.test.ts', 'groups are apart, and time takes what is not used'),
  ),
  metadata: echoed('kept with the response', echo),
  temperature: echoed('the content is the same at every temperature', echo),
  top_p: echoed('nothing is drawn', shown),
  user: echoed('identifies the end user', echo),
  safety_identifier: echoed('identifies the end user', shown),
  prompt: echoed('stored prompts are not filled in', shown),
  prompt_cache_options: echoed('cached as without it', shown),
  context_management: accepted(
    'nothing is compacted by itself; `POST /v1/responses/compact` does it when asked',
    fields('a response takes context management and answers as without it'),
  ),
};
