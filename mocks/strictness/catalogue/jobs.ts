import type { BadRequest } from './entry.ts';
import { above, badRequests, badValue, below, longString, missing, unknown, wrongType } from './entry.ts';

const image = badRequests('images', 'POST /v1/images/generations', { model: 'gpt-image-1', prompt: 'A cat' }, [
  { id: 'prompt-missing', level: 'spec', with: { prompt: undefined }, ...missing('prompt') },
  { id: 'n-too-high', with: { n: 11 }, ...above('n', 10, 11, 'integer') },
  {
    id: 'quality-unknown',
    with: { quality: 'best' },
    ...badValue('quality', 'best', "'standard', 'hd', 'low', 'medium', 'high', and 'auto'"),
  },
  {
    id: 'partial-images-too-many',
    with: { stream: true, partial_images: 4 },
    ...above('partial_images', 3, 4, 'integer'),
  },
  { id: 'unknown-parameter', level: 'openai', with: { seed: 5 }, ...unknown('seed') },
]);

const moderations = badRequests('moderations', 'POST /v1/moderations', { input: 'Hi' }, [
  { id: 'input-missing', with: { input: undefined }, ...missing('input') },
  {
    id: 'part-type-unknown',
    with: { input: [{ type: 'audio' }] },
    ...badValue('input[0].type', 'audio', "'text' and 'image_url'"),
  },
]);

const batch = { input_file_id: 'file-1', endpoint: '/v1/responses', completion_window: '24h' };
const batches = badRequests('batches', 'POST /v1/batches', batch, [
  { id: 'file-missing', with: { input_file_id: undefined }, ...missing('input_file_id') },
  {
    id: 'window-unknown',
    with: { completion_window: '1h' },
    param: 'completion_window',
    code: 'invalid_value',
    message: "Invalid value: '1h'. Value must be '24h'.",
  },
  {
    id: 'expiry-too-short',
    with: { output_expires_after: { anchor: 'created_at', seconds: 60 } },
    ...below('output_expires_after.seconds', 3600, 60, 'integer'),
  },
]);

const stores = badRequests('vector-stores', 'POST /v1/vector_stores', { name: 'x' }, [
  {
    id: 'days-too-many',
    with: { expires_after: { anchor: 'last_active_at', days: 400 } },
    ...above('expires_after.days', 365, 400, 'integer'),
  },
  {
    id: 'chunk-too-small',
    with: { chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 50, chunk_overlap_tokens: 5 } } },
    ...below('chunking_strategy.static.max_chunk_size_tokens', 100, 50, 'integer'),
  },
  { id: 'unknown-parameter', with: { files: [] }, ...unknown('files') },
]);

const tuning = badRequests(
  'fine-tuning',
  'POST /v1/fine_tuning/jobs',
  { model: 'gpt-4o-mini', training_file: 'file-1' },
  [
    { id: 'file-missing', with: { training_file: undefined }, ...missing('training_file') },
    {
      id: 'epochs-too-many',
      with: { hyperparameters: { n_epochs: 51 } },
      ...above('hyperparameters.n_epochs', 50, 51, 'integer'),
    },
    { id: 'suffix-too-long', with: { suffix: 's'.repeat(65) }, ...longString('suffix', 64, 65) },
  ],
);

const threads = [
  ...badRequests('assistants', 'POST /v1/assistants', { model: 'gpt-4o' }, [
    { id: 'name-too-long', with: { name: 'n'.repeat(257) }, ...longString('name', 256, 257) },
    {
      id: 'tool-type-unknown',
      with: { tools: [{ type: 'browser' }] },
      ...badValue('tools[0].type', 'browser', "'code_interpreter', 'file_search', and 'function'"),
    },
    { id: 'unknown-parameter', with: { file_ids: [] }, ...unknown('file_ids') },
  ]),
  ...badRequests('threads', 'POST /v1/threads', {}, [
    {
      id: 'message-role-unknown',
      with: { messages: [{ role: 'system', content: 'x' }] },
      ...badValue('messages[0].role', 'system', "'user' and 'assistant'"),
    },
    { id: 'metadata-value-number', with: { metadata: { a: 1 } }, ...wrongType('metadata.a', 'a string', 'an integer') },
  ]),
];

/** Requests about media and jobs, refused for their shape. */
export const jobsCatalogue: readonly BadRequest[] = [
  ...image,
  ...moderations,
  ...batches,
  ...stores,
  ...tuning,
  ...threads,
];
