import { badRequest } from '../../dialects/errors.ts';
import type { Reply, StoredObject } from '../../dialects/reply.ts';
import { fieldsOf, numberOf, textOf } from '../fields.ts';
import { shown } from '../operations.ts';
import type { Making, Place, Resource } from '../resource.ts';
import type { Fields } from '../shape.ts';
import type { Stage } from '../stages.ts';
import { halted, paused, resumed, staged, underWay } from '../stages.ts';
import { make, placeOf, unixSeconds } from '../store.ts';
import { addFile, fileOf, refusedFile } from './files.ts';

const EPOCHS = 3;
/** Characters of a training file that stand for one token. */
const CHARACTERS_PER_TOKEN = 4;

function note(job: StoredObject, place: Place, seconds: number, message: string, data?: Fields): void {
  const events = placeOf(fineTuningEvents, { fine_tuning_job_id: job.id }, place.context);
  make(events, { message, created_at: seconds, data });
}

function validated(job: StoredObject, place: Place, seconds: number): Fields {
  note(job, place, seconds, 'Files validated, moving job to queued state');
  return {};
}

function hyperparametersOf(job: StoredObject): Fields & { readonly n_epochs: number } {
  const asked = fieldsOf(job.body['hyperparameters']);
  return {
    n_epochs: numberOf(asked['n_epochs'], EPOCHS),
    batch_size: numberOf(asked['batch_size'], 1),
    learning_rate_multiplier: numberOf(asked['learning_rate_multiplier'], 1.8),
  };
}

function started(job: StoredObject, place: Place, seconds: number): Fields {
  note(job, place, seconds, 'Fine-tuning job started');
  return { hyperparameters: hyperparametersOf(job) };
}

function modelName(job: StoredObject, place: Place): string {
  const suffix = textOf(job.hidden['suffix']);
  return `ft:${textOf(job.body['model'])}:${place.context.organization}:${suffix}:${place.context.random.alnum(8)}`;
}

/** A loss that falls from epoch to epoch. */
function metricsOf(step: number): Fields {
  return {
    step,
    train_loss: Number((2 / (step + 1)).toFixed(4)),
    train_mean_token_accuracy: Number((1 - 1 / (step + 2)).toFixed(4)),
  };
}

function finished(job: StoredObject, place: Place, seconds: number): Fields {
  const { context } = place;
  const { n_epochs: epochs } = hyperparametersOf(job);
  const model = modelName(job, place);
  const checkpoints = placeOf(fineTuningCheckpoints, { fine_tuning_job_id: job.id }, context);
  for (let step = 1; step <= epochs; step += 1) {
    const metrics = metricsOf(step);
    note(job, place, seconds, `Step ${step}/${epochs}: training loss=${textOf(metrics['train_loss'])}`, metrics);
    const name = step === epochs ? model : `${model}:ckpt-step-${step}`;
    make(checkpoints, { created_at: seconds, fine_tuned_model_checkpoint: name, step_number: step, metrics });
    note(job, place, seconds, `Checkpoint created at step ${step}`);
  }
  note(job, place, seconds, `New fine-tuned model created: ${model}`);
  note(job, place, seconds, 'The job has successfully completed');
  const rows = Array.from({ length: epochs }, (_, index) => metricsOf(index + 1));
  const csv = ['step,train_loss,train_accuracy', ...rows.map((row) => Object.values(row).join(','))].join('\n');
  const bytes = Buffer.from(`${csv}\n`);
  const results = addFile(context, { filename: 'step_metrics.csv', purpose: 'fine-tune-results', bytes });
  const length = fileOf(job.body['training_file'], context)?.content?.length ?? 0;
  return {
    fine_tuned_model: model,
    finished_at: seconds,
    trained_tokens: Math.ceil(length / CHARACTERS_PER_TOKEN) * epochs,
    result_files: [results.id],
  };
}

const STAGES: readonly Stage[] = [
  { status: 'validating_files' },
  { status: 'queued', enter: validated },
  { status: 'running', enter: started },
  { status: 'succeeded', enter: finished },
];

function refusedEnd(job: StoredObject, place: Place, verb: string): Reply | undefined {
  if (underWay(job, STAGES)) return undefined;
  return badRequest(place.context, `Cannot ${verb} job ${job.id}: it has already ${textOf(job.body['status'])}.`);
}

function cancel(job: StoredObject, place: Place): Reply {
  const seconds = unixSeconds(place.context);
  const refused = refusedEnd(job, place, 'cancel');
  if (refused) return refused;
  note(job, place, seconds, 'The job has been cancelled');
  return shown(halted(job, place, { status: 'cancelled', finished_at: seconds }), place);
}

function pause(job: StoredObject, place: Place): Reply {
  const refused = refusedEnd(job, place, 'pause');
  if (refused) return refused;
  note(job, place, unixSeconds(place.context), 'The job has been paused');
  return shown(paused(job, place, {}), place);
}

function resume(job: StoredObject, place: Place): Reply {
  const refused = refusedEnd(job, place, 'resume');
  if (refused) return refused;
  note(job, place, unixSeconds(place.context), 'The job has been resumed');
  return shown(resumed(job, place, {}), place);
}

function methodOf(body: Fields): Fields {
  const auto = { n_epochs: 'auto', batch_size: 'auto', learning_rate_multiplier: 'auto' };
  return { type: 'supervised', supervised: { hyperparameters: body['hyperparameters'] ?? auto } };
}

export const fineTuningJobs: Resource = {
  name: 'fine_tuning.jobs',
  doc: 'Fine-tuning jobs: validating_files, queued, running, succeeded; cancel, pause, resume',
  path: '/v1/fine_tuning/jobs',
  param: 'fine_tuning_job_id',
  id: { prefix: 'ftjob-', alnum: 24 },
  shape: 'fine-tuning/jobs/jobs#FineTuningJob',
  verbs: ['create', 'list', 'retrieve'],
  required: ['model', 'training_file'],
  refuse: (making: Omit<Making, 'id'>) =>
    refusedFile('training_file', making) ?? refusedFile('validation_file', making),
  make: ({ body, context }) => ({
    fields: {
      status: 'validating_files',
      organization_id: context.organization,
      hyperparameters: {
        n_epochs: 'auto',
        batch_size: 'auto',
        learning_rate_multiplier: 'auto',
        ...fieldsOf(body['hyperparameters']),
      },
      seed: numberOf(body['seed'], Math.floor(context.random.next() * 2 ** 31)),
      method: body['method'] ?? methodOf(body),
      result_files: [],
    },
    hidden: { suffix: body['suffix'] },
  }),
  order:
    'object id model created_at finished_at fine_tuned_model organization_id result_files status validation_file training_file hyperparameters trained_tokens error'.split(
      ' ',
    ),
  missing: (id) => ({ message: `Could not find fine tune: ${id}`, param: 'fine_tune_id', code: 'fine_tune_not_found' }),
  list: { envelope: 'more' },
  settle: staged(STAGES),
  afterCreate(job, place) {
    const seconds = unixSeconds(place.context);
    note(job, place, seconds, `Created fine-tuning job: ${job.id}`);
    note(job, place, seconds, `Validating training file: ${textOf(job.body['training_file'])}`);
  },
  actions: [
    { name: 'cancel', method: 'POST', suffix: '/cancel', act: cancel },
    { name: 'pause', method: 'POST', suffix: '/pause', act: pause },
    { name: 'resume', method: 'POST', suffix: '/resume', act: resume },
  ],
  announces: {
    succeeded: 'fine_tuning.job.succeeded',
    failed: 'fine_tuning.job.failed',
    cancelled: 'fine_tuning.job.cancelled',
  },
};

export const fineTuningEvents: Resource = {
  name: 'fine_tuning.jobs.events',
  doc: 'What happened to a fine-tuning job',
  path: '/v1/fine_tuning/jobs/{fine_tuning_job_id}/events',
  param: 'event_id',
  parent: fineTuningJobs,
  id: { prefix: 'ftevent-', alnum: 24 },
  shape: 'fine-tuning/jobs/jobs#FineTuningJobEvent',
  verbs: ['list'],
  make: ({ body }) => ({
    fields: {
      created_at: body['created_at'],
      level: 'info',
      type: body['data'] === undefined ? 'message' : 'metrics',
      data: body['data'] ?? {},
    },
  }),
  order: ['object', 'id', 'created_at', 'level', 'message', 'data', 'type'],
  list: { envelope: 'more' },
};

export const fineTuningCheckpoints: Resource = {
  name: 'fine_tuning.jobs.checkpoints',
  doc: 'Checkpoints of a fine-tuning job, one an epoch',
  path: '/v1/fine_tuning/jobs/{fine_tuning_job_id}/checkpoints',
  param: 'checkpoint_id',
  parent: fineTuningJobs,
  id: { prefix: 'ftckpt_', alnum: 24 },
  shape: 'fine-tuning/jobs/checkpoints#FineTuningJobCheckpoint',
  verbs: ['list'],
  make: ({ body, params }) => ({
    fields: {
      created_at: body['created_at'],
      fine_tuning_job_id: params['fine_tuning_job_id'],
      metrics: body['metrics'],
    },
  }),
  order: ['object', 'id', 'created_at', 'fine_tuned_model_checkpoint', 'step_number', 'metrics', 'fine_tuning_job_id'],
  list: { limit: 10, none: null },
};
