import type { ObjectRule, Rule } from '../rule.ts';
import { anything, decimal, either, flag, integer, list, nullable, object, oneOf, tagged, text } from '../rule.ts';
import { free, metadata, optionalFlag, optionalText } from './shared.ts';

const expiry = (least: number, most: number): Rule =>
  object({ anchor: oneOf('created_at'), seconds: integer(least, most) }, ['anchor', 'seconds']);
const fileExpiry = expiry(3600, 2_592_000);

export const batchBody: Rule = object(
  {
    input_file_id: text(),
    endpoint: oneOf(
      '/v1/responses',
      '/v1/chat/completions',
      '/v1/embeddings',
      '/v1/completions',
      '/v1/moderations',
      '/v1/images/generations',
      '/v1/images/edits',
      '/v1/videos',
    ),
    completion_window: oneOf('24h'),
    metadata,
    output_expires_after: fileExpiry,
  },
  ['input_file_id', 'endpoint', 'completion_window'],
);

export const uploadBody: Rule = object(
  {
    filename: text(),
    purpose: oneOf('assistants', 'batch', 'fine-tune', 'vision'),
    bytes: integer(),
    mime_type: text(),
    expires_after: fileExpiry,
  },
  ['filename', 'purpose', 'bytes', 'mime_type'],
  'closed',
);

const chunking = tagged('type', {
  auto: object({ type: text() }, [], 'closed'),
  static: object(
    {
      type: text(),
      static: object(
        { max_chunk_size_tokens: integer(100, 4096), chunk_overlap_tokens: integer() },
        ['max_chunk_size_tokens', 'chunk_overlap_tokens'],
        'closed',
      ),
    },
    ['static'],
    'closed',
  ),
});

export const vectorStoreBody: Rule = object(
  {
    file_ids: list(text(), { most: 500 }),
    name: text(),
    description: text(),
    expires_after: object({ anchor: oneOf('last_active_at'), days: integer(1, 365) }, ['anchor', 'days']),
    chunking_strategy: chunking,
    metadata,
  },
  [],
  'closed',
);

export const vectorStoreFileBody: Rule = object(
  { file_id: text(), chunking_strategy: chunking, attributes: anything },
  ['file_id'],
  'closed',
);

export const vectorStoreSearchBody: Rule = object(
  {
    query: either({ text: text(), list: list(text()) }),
    rewrite_query: flag,
    max_num_results: integer(1, 50),
    filters: free,
    ranking_options: object(
      { ranker: oneOf('none', 'auto', 'default-2024-11-15'), score_threshold: decimal(0, 1) },
      [],
      'closed',
    ),
  },
  ['query'],
  'closed',
);

const hyperparameter = (number: Rule): Rule => either({ text: oneOf('auto'), number });

export const fineTuningBody: Rule = object(
  {
    model: text(),
    training_file: text(),
    validation_file: optionalText,
    hyperparameters: object({
      batch_size: hyperparameter(integer(1, 256)),
      learning_rate_multiplier: hyperparameter(decimal(0)),
      n_epochs: hyperparameter(integer(1, 50)),
    }),
    suffix: nullable(text({ least: 1, most: 64 })),
    integrations: nullable(list(free)),
    seed: nullable(integer(0, 2_147_483_647)),
    method: free,
    metadata,
  },
  ['model', 'training_file'],
);

const threadPart = tagged('type', {
  text: object({ type: text(), text: text() }, ['text']),
  image_url: object({ type: text(), image_url: free }, ['image_url']),
  image_file: object({ type: text(), image_file: free }, ['image_file']),
});

const threadMessage: ObjectRule = object(
  {
    role: oneOf('user', 'assistant'),
    content: either({ text: text(), list: list(threadPart, { least: 1 }) }),
    attachments: nullable(list(free)),
    metadata,
  },
  ['role', 'content'],
  'closed',
);

const assistantTools = (most: number): Rule =>
  list(
    tagged('type', {
      code_interpreter: object({ type: text() }),
      file_search: object({ type: text(), file_search: free }),
      function: object({ type: text(), function: object({ name: text() }, ['name'], 'open') }, ['function']),
    }),
    { most },
  );

const sampling = { temperature: nullable(decimal(0, 2)), top_p: nullable(decimal(0, 1)) };

export const assistantBody: Rule = object(
  {
    model: text(),
    name: nullable(text({ most: 256 })),
    description: nullable(text({ most: 512 })),
    instructions: nullable(text({ most: 256_000 })),
    reasoning_effort: anything,
    tools: assistantTools(128),
    tool_resources: anything,
    metadata,
    ...sampling,
    response_format: anything,
  },
  ['model'],
  'closed',
);

export const threadBody: Rule = object(
  { messages: list(threadMessage), tool_resources: anything, metadata },
  [],
  'closed',
);

export const threadMessageBody: Rule = threadMessage;

export const runBody: Rule = object(
  {
    assistant_id: text(),
    model: optionalText,
    reasoning_effort: anything,
    instructions: optionalText,
    additional_instructions: optionalText,
    additional_messages: nullable(list(threadMessage)),
    tools: nullable(assistantTools(20)),
    metadata,
    ...sampling,
    stream: optionalFlag,
    max_prompt_tokens: nullable(integer(256)),
    max_completion_tokens: nullable(integer(256)),
    truncation_strategy: anything,
    tool_choice: anything,
    parallel_tool_calls: flag,
    response_format: anything,
  },
  ['assistant_id'],
  'closed',
);
