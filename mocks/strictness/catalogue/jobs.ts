import type { BadRequest } from './entry.ts';
import { missing, above, below, tooMany, unknown } from '../../refusals/sentences.ts';
import { badRequests } from './entry.ts';

const image = badRequests('images', 'POST /v1/images/generations', { model: 'gpt-image-1', prompt: 'A cat' }, [
  { id: 'unknown-parameter', level: 'openai', with: { seed: 5 }, ...unknown('seed') },
]);

const moderations = badRequests('moderations', 'POST /v1/moderations', { input: 'Hi' }, []);

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
    {
      id: 'suffix-too-long',
      with: { suffix: 's'.repeat(65) },
      ...tooMany({ thing: 'string', path: 'suffix', size: 65 }, 64),
    },
  ],
);

const threads = [
  ...badRequests('assistants', 'POST /v1/assistants', { model: 'gpt-4o' }, [
    { id: 'unknown-parameter', with: { file_ids: [] }, ...unknown('file_ids') },
  ]),
  ...badRequests('threads', 'POST /v1/threads', {}, []),
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
