import { expect, test } from 'vitest';
import { grade } from './grader.ts';
import { testApi, textFile, uploaded } from './testing.ts';
import type { TestApi } from './testing.ts';
import { zipOf } from './zip.ts';

function dataOf(api: TestApi, url: string): Record<string, unknown>[] {
  return api('GET', url).body['data'] as Record<string, unknown>[];
}

function job(api: TestApi): string {
  const body = { model: 'gpt-4o-mini', training_file: uploaded(api, 'x'.repeat(400), 'fine-tune'), suffix: 'mine' };
  return `/fine_tuning/jobs/${String(api('POST', '/fine_tuning/jobs', body).body['id'])}`;
}

test('a fine-tuning job succeeds with a model, results, events and a checkpoint an epoch', () => {
  const api = testApi();
  const path = job(api);
  const states = [0, 1000, 1000, 1000].map((ms) => {
    api.advance(ms);
    return api('GET', path).body['status'];
  });
  expect(states).toEqual(['validating_files', 'queued', 'running', 'succeeded']);
  const { body } = api('GET', path);
  expect(body['fine_tuned_model']).toMatch(/^ft:gpt-4o-mini:org-mock:mine:[A-Za-z0-9]{8}$/);
  expect(body).toMatchObject({ trained_tokens: 300, hyperparameters: { n_epochs: 3 } });
  const [results] = body['result_files'] as string[];
  expect(api('GET', `/files/${results}/content`).text).toMatch(/^step,train_loss/);
  expect(dataOf(api, `${path}/checkpoints`).map((one) => one['step_number'])).toEqual([3, 2, 1]);
  const messages = dataOf(api, `${path}/events`).map((one) => one['message']);
  expect(messages[0]).toBe('The job has successfully completed');
  expect(messages.at(-1)).toMatch(/^Created fine-tuning job: ftjob-/);
});

test('events are paged by cursor', () => {
  const api = testApi();
  const path = job(api);
  api.advance(10_000);
  const first = api('GET', `${path}/events?limit=2`);
  const last = (first.body['data'] as { id: string }[])[1]!.id;
  expect(first.body['has_more']).toBe(true);
  expect(dataOf(api, `${path}/events?limit=2&after=${last}`)[0]!['message']).toBe('Checkpoint created at step 3');
});

test('a paused job stands still until it is resumed', () => {
  const api = testApi();
  const path = job(api);
  api.advance(2000);
  expect(api('GET', path).body['status']).toBe('running');
  api('POST', `${path}/pause`);
  api.advance(60_000);
  expect(api('GET', path).body['status']).toBe('running');
  api('POST', `${path}/resume`);
  api.advance(1000);
  expect(api('GET', path).body['status']).toBe('succeeded');
});

test('a cancelled job is over, and says so to later requests', () => {
  const api = testApi();
  const path = job(api);
  expect(api('POST', `${path}/cancel`).body).toMatchObject({ status: 'cancelled', fine_tuned_model: null });
  api.advance(60_000);
  expect(api('GET', path).body['status']).toBe('cancelled');
  for (const verb of ['cancel', 'pause', 'resume']) expect(api('POST', `${path}/${verb}`).status).toBe(400);
});

test('an unknown job is refused in the words of the provider', () => {
  expect(testApi()('GET', '/fine_tuning/jobs/ftjob-x').body['error']).toEqual({
    message: 'Could not find fine tune: ftjob-x',
    type: 'invalid_request_error',
    param: 'fine_tune_id',
    code: 'fine_tune_not_found',
  });
});

const criterion = {
  type: 'string_check',
  name: 'same',
  input: '{{sample.output_text}}',
  reference: '{{ item.want }}',
  operation: 'eq',
};

test('a run of an eval asks the mock itself, grades its answers and counts', () => {
  const api = testApi();
  const config = { type: 'custom', item_schema: { type: 'object' } };
  const evaluation = api('POST', '/evals', { name: 'e', data_source_config: config, testing_criteria: [criterion] });
  const path = `/evals/${String(evaluation.body['id'])}/runs`;
  const rows = [{ item: { q: 'What is 2+2?', want: '4' } }, { item: { q: 'capital of France', want: 'Rome' } }];
  const run = api('POST', path, {
    data_source: {
      type: 'completions',
      model: 'gpt-4o-mini',
      source: { type: 'file_content', content: rows },
      input_messages: { type: 'template', template: [{ role: 'user', content: '{{item.q}}' }] },
    },
  });
  expect([run.status, run.body['status']]).toEqual([201, 'queued']);
  api.advance(2000);
  const { body } = api('GET', `${path}/${String(run.body['id'])}`);
  expect(body).toMatchObject({
    status: 'completed',
    result_counts: { total: 2, passed: 1, failed: 1, errored: 0 },
    per_testing_criteria_results: [{ passed: 1, failed: 1 }],
    per_model_usage: [{ model_name: 'gpt-4o-mini', invocation_count: 2 }],
  });
  const items = dataOf(api, `${path}/${String(run.body['id'])}/output_items?status=fail`);
  expect(items).toMatchObject([{ datasource_item: { want: 'Rome' }, sample: { output: [{ content: 'Paris' }] } }]);
});

test('a run over given samples asks no model', () => {
  const api = testApi();
  const evaluation = api('POST', '/evals', {
    data_source_config: { type: 'custom', item_schema: {} },
    testing_criteria: [criterion],
  });
  const file = uploaded(
    api,
    `${JSON.stringify({ item: { want: 'a' }, sample: { output_text: 'a' } })}\nnonsense\n`,
    'evals',
  );
  const path = `/evals/${String(evaluation.body['id'])}/runs`;
  const run = api('POST', path, { data_source: { type: 'jsonl', source: { type: 'file_id', id: file } } });
  api.advance(2000);
  expect(api('GET', `${path}/${String(run.body['id'])}`).body).toMatchObject({
    result_counts: { total: 1, passed: 1 },
    per_model_usage: [{ prompt_tokens: 0 }],
  });
});

test.each([
  ['eq', 'Paris', 'Paris', 1],
  ['eq', 'paris', 'Paris', 0],
  ['ne', 'paris', 'Paris', 1],
  ['like', 'In Paris.', 'Paris', 1],
  ['ilike', 'in PARIS', 'paris', 1],
  ['sounds', 'a', 'a', 0],
])('the string check %s of %j and %j scores %d', (operation, input, reference, score) => {
  expect(grade({ type: 'string_check', operation, input, reference }, {}).score).toBe(score);
});

test('graders of similarity count shared words, several are averaged', () => {
  const similar = { type: 'text_similarity', input: 'the red fox', reference: 'the blue fox', pass_threshold: 0.9 };
  const one = grade(similar, {});
  expect(one.passed).toBe(false);
  expect(one.score).toBeGreaterThan(0.4);
  expect(grade({ ...similar, input: 'the blue fox' }, {}).score).toBe(1);
  const graders = { a: { type: 'string_check', operation: 'eq', input: 'x', reference: 'x' }, b: similar };
  expect(grade({ type: 'multi', graders }, {}).score).toBeCloseTo((1 + one.score) / 2);
});

test('a video is made, downloaded, remixed', () => {
  const api = testApi();
  const path = `/videos/${String(api('POST', '/videos', { prompt: 'a cat', seconds: '8' }).body['id'])}`;
  expect(api('GET', `${path}/content`).status).toBe(404);
  api.advance(1000);
  expect(api('GET', path).body).toMatchObject({ status: 'in_progress', progress: 50 });
  api.advance(1000);
  expect(api('GET', path).body).toMatchObject({ status: 'completed', progress: 100, seconds: '8' });
  const film = api('GET', `${path}/content`);
  expect(film.headers['content-type']).toBe('video/mp4');
  expect(film.bytes.toString('latin1', 4, 8)).toBe('ftyp');
  let boxes = '';
  for (let at = 0; at < film.bytes.length; at += film.bytes.readUInt32BE(at)) {
    boxes += `${film.bytes.toString('latin1', at + 4, at + 8)} `;
  }
  expect(boxes).toBe('ftyp moov mdat ');
  expect(api('GET', `${path}/content?variant=thumbnail`).bytes.toString('latin1', 8, 12)).toBe('WEBP');
  expect(api('GET', `${path}/content?variant=smell`).status).toBe(400);
  expect(api('POST', `${path}/remix`, { prompt: 'a dog' }).body).toMatchObject({
    remixed_from_video_id: path.slice('/videos/'.length),
    prompt: 'a dog',
    status: 'queued',
  });
  expect(api('POST', '/videos/edits', { prompt: 'x', video: { id: 'video_none' } }).status).toBe(404);
});

test('a skill is described by its SKILL.md, has versions, and is downloaded as an archive', () => {
  const api = testApi();
  const skill = (name: string): object => ({
    files: [
      textFile(`---\nname: ${name}\ndescription: Does ${name}.\n---\nText`, `${name}/SKILL.md`),
      textFile('x', `${name}/a.py`),
    ],
  });
  const { body } = api('POST', '/skills', skill('first'));
  expect(body).toMatchObject({ name: 'first', description: 'Does first.', default_version: '1', latest_version: '1' });
  const path = `/skills/${String(body['id'])}`;
  expect(api('POST', `${path}/versions`, { ...skill('second'), default: 'true' }).body).toMatchObject({ version: '2' });
  expect(api('GET', path).body).toMatchObject({ default_version: '2', latest_version: '2' });
  expect(api('POST', path, { default_version: '7' }).status).toBe(400);
  const archive = api('GET', `${path}/content`);
  expect(archive.headers['content-type']).toBe('application/zip');
  expect(archive.text).toContain('second/SKILL.md');
  expect(api('DELETE', `${path}/versions/2`).body).toMatchObject({ object: 'skill.version.deleted', version: '2' });
});

test('an archive names its entries where readers look for them', () => {
  const zip = zipOf([
    { name: 'a.txt', bytes: Buffer.from('hello') },
    { name: 'ü.txt', bytes: Buffer.alloc(0) },
  ]);
  const end = zip.length - 22;
  expect([zip.readUInt32LE(end), zip.readUInt16LE(end + 10)]).toEqual([0x06054b50, 2]);
  const first = zip.readUInt32LE(end + 16);
  expect(zip.readUInt32LE(first)).toBe(0x02014b50);
  expect(zip.readUInt32LE(first + 16)).toBe(0x3610a686);
  expect(zip.toString('utf8', first + 46, first + 51)).toBe('a.txt');
  expect(zip.toString('utf8', 35, 40)).toBe('hello');
});

test('a container takes files and expires when it is left alone', () => {
  const api = testApi();
  const file = uploaded(api, 'seed');
  const path = `/containers/${String(api('POST', '/containers', { name: 'c', file_ids: [file] }).body['id'])}`;
  const [inside] = dataOf(api, `${path}/files`);
  expect(api('GET', `${path}/files/${String(inside!['id'])}/content`).text).toBe('seed');
  expect(api('POST', `${path}/files`, {}).status).toBe(400);
  expect(api('GET', `${path}/files/cfile_x`).body).toMatchObject({
    error: { message: `File cfile_x not found on container ${path.slice('/containers/'.length)}.` },
  });
  api.advance(20 * 60_000);
  expect(api('GET', path).body['status']).toBe('expired');
});
