import { administrativeLife } from './admin-life-cycle.fixture.ts';
import { textFile, uploaded } from './testing.ts';
import { packageLife } from './package-life-cycle.fixture.ts';
import type { TestApi } from './testing.ts';

const LINE = JSON.stringify({
  custom_id: 'a',
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] },
});
const CRITERION = {
  type: 'string_check',
  name: 'same',
  input: '{{sample.output_text}}',
  reference: '{{item.answer}}',
  operation: 'ilike',
};
const SKILL = '---\nname: greeter\ndescription: Greets.\n---\n';

function id(answer: { readonly body: Record<string, unknown> }): string {
  return String(answer.body['id']);
}

function filesAndUploads(api: TestApi): void {
  api('GET', '/files');
  const file = uploaded(api, 'hello');
  api('GET', '/files?purpose=user_data&limit=1');
  api('GET', `/files/${file}`);
  api('GET', `/files/${file}/content`);
  api('DELETE', `/files/${file}`);
  const upload = { filename: 'a.jsonl', purpose: 'fine-tune', bytes: 5, mime_type: 'text/jsonl' };
  const first = id(api('POST', '/uploads', upload));
  const parts = [id(api('POST', `/uploads/${first}/parts`, { data: textFile('hello') }))];
  api('POST', `/uploads/${first}/complete`, { part_ids: parts });
  api('POST', `/uploads/${id(api('POST', '/uploads', upload))}/cancel`);
}

function batches(api: TestApi): void {
  const body = { endpoint: '/v1/chat/completions', completion_window: '24h' };
  const create = (text: string): string =>
    id(api('POST', '/batches', { ...body, input_file_id: uploaded(api, text, 'batch') }));
  const good = create(LINE);
  const bad = create('nonsense');
  for (let step = 0; step < 4; step += 1) {
    api('GET', `/batches/${good}`);
    api('GET', `/batches/${bad}`);
    api.advance(1000);
  }
  api('GET', '/batches');
  const cancelled = create(LINE);
  api('POST', `/batches/${cancelled}/cancel`);
  api.advance(1000);
  api('GET', `/batches/${cancelled}`);
}

function vectorStores(api: TestApi): void {
  const file = uploaded(api, 'the quick brown fox');
  api('GET', '/vector_stores');
  const store = id(
    api('POST', '/vector_stores', {
      name: 'x',
      file_ids: [file],
      expires_after: { anchor: 'last_active_at', days: 1 },
    }),
  );
  api.advance(1000);
  for (const path of [
    '',
    `/${store}`,
    `/${store}/files`,
    `/${store}/files/${file}`,
    `/${store}/files/${file}/content`,
  ]) {
    api('GET', `/vector_stores${path}`);
  }
  api('POST', `/vector_stores/${store}`, { name: 'y' });
  api('POST', `/vector_stores/${store}/files`, { file_id: uploaded(api, 'x', 'vision', 'a.png') });
  api('POST', `/vector_stores/${store}/files/${file}`, { attributes: { year: 2026 } });
  api('POST', `/vector_stores/${store}/search`, { query: 'fox' });
  const batch = id(api('POST', `/vector_stores/${store}/file_batches`, { file_ids: [uploaded(api, 'two')] }));
  const path = `/vector_stores/${store}/file_batches/${batch}`;
  api('GET', path);
  api('GET', `${path}/files`);
  api('POST', `${path}/cancel`);
  api.advance(1000);
  api('GET', `/vector_stores/${store}/files`);
  api('DELETE', `/vector_stores/${store}/files/${file}`);
  api('DELETE', `/vector_stores/${store}`);
}

function fineTuning(api: TestApi): void {
  const job = { model: 'gpt-4o-mini', training_file: uploaded(api, LINE, 'fine-tune') };
  const first = id(api('POST', '/fine_tuning/jobs', job));
  for (let step = 0; step < 5; step += 1) {
    api('GET', `/fine_tuning/jobs/${first}`);
    api.advance(1000);
  }
  for (const path of ['', `/${first}/events`, `/${first}/checkpoints`]) api('GET', `/fine_tuning/jobs${path}`);
  const second = `/fine_tuning/jobs/${id(api('POST', '/fine_tuning/jobs', job))}`;
  for (const verb of ['pause', 'resume', 'cancel']) api('POST', `${second}/${verb}`);
  const permissions = '/fine_tuning/checkpoints/ft:gpt-4o-mini:x::y/permissions';
  api('POST', permissions, { project_ids: ['proj_1'] });
  const [entry] = api('GET', permissions).body['data'] as { id: string }[];
  api('DELETE', `${permissions}/${entry?.id}`);
  api('POST', '/fine_tuning/alpha/graders/run', { grader: CRITERION, item: { answer: 'a' }, model_sample: 'a' });
  api('POST', '/fine_tuning/alpha/graders/validate', { grader: CRITERION });
  api('DELETE', '/models/ft:gpt-4o-mini:x::y');
}

function evals(api: TestApi): void {
  const config = { type: 'custom', item_schema: { type: 'object' } };
  const evaluation = id(
    api('POST', '/evals', { name: 'e', data_source_config: config, testing_criteria: [CRITERION] }),
  );
  const content = [{ item: { answer: 'mock', question: 'who?' } }];
  const template = [{ role: 'user', content: { type: 'input_text', text: '{{item.question}}' } }];
  const source = { type: 'file_content', content };
  const run = id(
    api('POST', `/evals/${evaluation}/runs`, {
      name: 'r',
      data_source: {
        type: 'completions',
        model: 'gpt-4o-mini',
        source,
        input_messages: { type: 'template', template },
      },
    }),
  );
  const path = `/evals/${evaluation}/runs/${run}`;
  api('GET', path);
  api.advance(2000);
  for (const url of ['/evals', `/evals/${evaluation}`, `/evals/${evaluation}/runs`, path]) api('GET', url);
  const [item] = api('GET', `${path}/output_items`).body['data'] as { id: string }[];
  api('GET', `${path}/output_items/${item?.id}`);
  api('POST', `/evals/${evaluation}`, { name: 'renamed' });
  const second = id(api('POST', `/evals/${evaluation}/runs`, { data_source: { type: 'jsonl', source } }));
  api('POST', `/evals/${evaluation}/runs/${second}`);
  api('DELETE', path);
  api('DELETE', `/evals/${evaluation}`);
}

function containersAndSkills(api: TestApi): void {
  const container = id(api('POST', '/containers', { name: 'c', file_ids: [uploaded(api, 'x')] }));
  const files = `/containers/${container}/files`;
  const file = id(api('POST', files, { file: textFile('hello') }));
  for (const url of [
    '/containers',
    `/containers/${container}`,
    files,
    `${files}/${file}`,
    `${files}/${file}/content`,
  ]) {
    api('GET', url);
  }
  api('DELETE', `${files}/${file}`);
  api('DELETE', `/containers/${container}`);
  const skill = `/skills/${id(api('POST', '/skills', { files: [textFile(SKILL, 'greeter/SKILL.md')] }))}`;
  api('POST', `${skill}/versions`, { files: textFile(SKILL, 'SKILL.md') });
  api('POST', skill, { default_version: '2' });
  for (const url of [
    '/skills',
    skill,
    `${skill}/content`,
    `${skill}/versions`,
    `${skill}/versions/1`,
    `${skill}/versions/1/content`,
  ]) {
    api('GET', url);
  }
  api('DELETE', `${skill}/versions/1`);
  api('DELETE', skill);
}

function videosAndTheRest(api: TestApi): void {
  const video = id(api('POST', '/videos', { prompt: 'a cat' }));
  api('GET', `/videos/${video}/content`);
  api.advance(2000);
  for (const url of [
    '/videos',
    `/videos/${video}`,
    `/videos/${video}/content`,
    `/videos/${video}/content?variant=thumbnail`,
  ]) {
    api('GET', url);
  }
  api('POST', `/videos/${video}/remix`, { prompt: 'a dog' });
  api('POST', '/videos/edits', { video: { id: video }, prompt: 'a cow' });
  api('POST', '/videos/extensions', { video: { id: video }, prompt: 'longer', seconds: '8' });
  const character = id(api('POST', '/videos/characters', { video: textFile('x'), name: 'Tom' }));
  api('GET', `/videos/characters/${character}`);
  api('DELETE', `/videos/${video}`);
  const session = id(api('POST', '/chatkit/sessions', { workflow: { id: 'wf_1' }, user: 'u' }));
  api('POST', `/chatkit/sessions/${session}/cancel`);
  const [thread] = api('GET', '/chatkit/threads').body['data'] as { id: string }[];
  api('GET', `/chatkit/threads/${thread?.id}`);
  api('GET', `/chatkit/threads/${thread?.id}/items`);
  api('DELETE', `/chatkit/threads/${thread?.id}`);
  const consent = { name: 'c', recording: textFile('x'), language: 'en-US' };
  const consents = '/audio/voice_consents';
  const first = `${consents}/${id(api('POST', consents, consent))}`;
  for (const url of [consents, first]) api('GET', url);
  api('POST', first, { name: 'd' });
  api('POST', '/audio/voices', { name: 'v', audio_sample: textFile('x'), consent: 'cons_1' });
  api('DELETE', first);
  api('POST', '/content_provenance_checks', { file: textFile('x') });
}

/** Every operation of the table, each resource from its creation to its deletion. */
export function wholeLife(api: TestApi): void {
  const families = [filesAndUploads, batches, vectorStores, fineTuning, evals, containersAndSkills, videosAndTheRest];
  for (const family of [...families, administrativeLife, packageLife]) family(api);
}
