import { badRequest } from '../../dialects/errors.ts';
import type { Reply, StoredObject } from '../../dialects/reply.ts';
import type { Outcome } from '../eval-run.ts';
import { runEval } from '../eval-run.ts';
import { fieldsOf, listOf, textOf } from '../fields.ts';
import { shown } from '../operations.ts';
import type { Place, Resource } from '../resource.ts';
import type { Fields } from '../shape.ts';
import type { Stage } from '../stages.ts';
import { halted, staged, underWay } from '../stages.ts';
import { find, make, placeOf } from '../store.ts';

/** What a data source looks like once it is kept: its schema says what rows hold. */
function configOf(asked: Fields): Fields {
  if (asked['type'] !== 'custom' && asked['type'] !== undefined) {
    return { type: asked['type'], metadata: asked['metadata'] ?? {}, schema: { type: 'object', properties: {} } };
  }
  const properties = { item: asked['item_schema'] ?? { type: 'object', properties: {} } };
  return { type: 'custom', schema: { type: 'object', properties, required: ['item'] } };
}

/** Criteria get an id, by which results name them. */
function criteriaOf(asked: unknown, place: Pick<Place, 'context'>): readonly Fields[] {
  return listOf(asked).map((one) => {
    const criterion = fieldsOf(one);
    return { ...criterion, id: `${textOf(criterion['name'], 'grader')}-${place.context.random.hex(32)}` };
  });
}

export const evals: Resource = {
  name: 'evals',
  doc: 'Evals and their criteria',
  path: '/v1/evals',
  param: 'eval_id',
  id: { prefix: 'eval_', hex: 32 },
  shape: 'evals/evals#EvalCreateResponse',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  required: ['data_source_config', 'testing_criteria'],
  created: 201,
  make: ({ body, context }) => ({
    fields: {
      data_source_config: configOf(fieldsOf(body['data_source_config'])),
      testing_criteria: criteriaOf(body['testing_criteria'], { context }),
    },
  }),
  order: ['object', 'id', 'data_source_config', 'testing_criteria', 'name', 'created_at', 'metadata'],
  updatable: ['name', 'metadata'],
  deleted: ({ id }) => ({ object: 'eval.deleted', deleted: true, eval_id: id }),
  list: { order: 'asc' },
};

function keepOutcome(outcome: Outcome, index: number, run: StoredObject, place: Place): void {
  const { row, sample, results, passed } = outcome;
  const params = { ...place.params, run_id: run.id };
  make(placeOf(evalOutputItems, params, place.context), {
    datasource_item_id: index,
    datasource_item: row.item,
    status: passed ? 'pass' : 'fail',
    results,
    sample: {
      input: sample.input,
      output: [{ role: 'assistant', content: sample.text }],
      finish_reason: sample.finish,
      model: run.body['model'],
      usage: { ...sample.usage, cached_tokens: 0 },
      error: { code: '', message: '' },
      temperature: 1,
      max_completion_tokens: 2048,
      top_p: 1,
      seed: 42,
    },
  });
}

function usageOf(run: StoredObject, outcomes: readonly Outcome[]): readonly Fields[] {
  const sum = (name: 'prompt_tokens' | 'completion_tokens' | 'total_tokens'): number =>
    outcomes.reduce((total, { sample }) => total + sample.usage[name], 0);
  if (outcomes.length === 0) return [];
  return [
    {
      model_name: run.body['model'],
      invocation_count: outcomes.length,
      prompt_tokens: sum('prompt_tokens'),
      completion_tokens: sum('completion_tokens'),
      total_tokens: sum('total_tokens'),
      cached_tokens: 0,
    },
  ];
}

function completed(run: StoredObject, place: Place): Fields {
  const evaluation = find(placeOf(evals, place.params, place.context), place.params['eval_id'] ?? '');
  const criteria = listOf(evaluation?.body['testing_criteria']).map(fieldsOf);
  const outcomes = runEval(fieldsOf(run.body['data_source']), criteria, place.context);
  for (const [index, outcome] of outcomes.entries()) keepOutcome(outcome, index, run, place);
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  return {
    result_counts: { total: outcomes.length, errored: 0, failed: outcomes.length - passed, passed },
    per_model_usage: usageOf(run, outcomes),
    per_testing_criteria_results: criteria.map((criterion, index) => {
      const good = outcomes.filter(({ results }) => results[index]?.passed).length;
      return { testing_criteria: textOf(criterion['id']), passed: good, failed: outcomes.length - good };
    }),
  };
}

const STAGES: readonly Stage[] = [
  { status: 'queued' },
  { status: 'in_progress' },
  { status: 'completed', enter: completed },
];

function cancel(run: StoredObject, place: Place): Reply {
  if (!underWay(run, STAGES)) {
    return badRequest(place.context, `Cannot cancel run ${run.id} with status '${textOf(run.body['status'])}'.`);
  }
  return shown(halted(run, place, { status: 'canceled' }), place);
}

/** What an invented run stands on. */
const NO_DATA = { type: 'jsonl', source: { type: 'file_content', content: [] } };

export const evalRuns: Resource = {
  name: 'evals.runs',
  doc: 'Runs of an eval: every row answered by the mock itself and graded',
  path: '/v1/evals/{eval_id}/runs',
  param: 'run_id',
  parent: evals,
  id: { prefix: 'evalrun_', hex: 32 },
  shape: 'evals/runs/runs#RunCreateResponse',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['data_source'],
  created: 201,
  make: ({ body, params, id }) => ({
    fields: {
      status: 'queued',
      eval_id: params['eval_id'],
      report_url: `https://platform.openai.com/evaluations/${params['eval_id']}?run_id=${id}`,
      model: textOf(fieldsOf(body['data_source'])['model'], 'gpt-4o-mini'),
      data_source: body['data_source'] ?? NO_DATA,
    },
  }),
  order: 'object id eval_id report_url status model name created_at result_counts per_model_usage'.split(' '),
  deleted: ({ id }) => ({ object: 'eval.run.deleted', deleted: true, run_id: id }),
  list: {
    order: 'asc',
    filter: ({ body }, query) => !query.has('status') || body['status'] === query.get('status'),
  },
  settle: staged(STAGES),
  // The specification has the one, the official package the other.
  actions: [
    { name: 'cancel', method: 'POST', suffix: '', act: cancel },
    { name: 'cancel_by_path', method: 'POST', suffix: '/cancel', act: cancel },
  ],
  announces: { completed: 'eval.run.succeeded', failed: 'eval.run.failed', canceled: 'eval.run.canceled' },
};

export const evalOutputItems: Resource = {
  name: 'evals.runs.output_items',
  doc: 'What a run said about each row',
  path: '/v1/evals/{eval_id}/runs/{run_id}/output_items',
  param: 'output_item_id',
  parent: evalRuns,
  id: { prefix: 'outputitem_', hex: 32 },
  shape: 'evals/runs/output-items#OutputItemRetrieveResponse',
  verbs: ['list', 'retrieve'],
  make: ({ params }) => ({ fields: { eval_id: params['eval_id'], run_id: params['run_id'] } }),
  order: ['object', 'id', 'created_at', 'run_id', 'eval_id', 'status', 'datasource_item_id', 'datasource_item'],
  list: {
    order: 'asc',
    filter: ({ body }, query) => !query.has('status') || body['status'] === query.get('status'),
  },
};
