import { NotFoundError, toFile } from 'openai';
import type OpenAI from 'openai';
import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const bed = judged(bedForFile({ jobStageMs: 10 }));

async function collected<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const entry of pages) all.push(entry);
  return all;
}

/** Asks until a job has left its earlier states; the mock's states last some milliseconds. */
async function settled<T extends { readonly status: string }>(ask: () => Promise<T>, status: string): Promise<T> {
  return expect.poll(ask, { interval: 5, timeout: 5000 }).toMatchObject({ status }).then(ask);
}

function upload(client: OpenAI, text: string, purpose: OpenAI.FilePurpose, name = 'a.txt'): Promise<OpenAI.FileObject> {
  return toFile(Buffer.from(text), name).then((file) => client.files.create({ file, purpose }));
}

test('a file goes up as a form, is listed page by page, read, and deleted', async () => {
  const client = bed.client();
  const made = [];
  for (const text of ['eins', 'zwei', 'drei']) made.push(await upload(client, text, 'user_data', `${text}.txt`));
  const listed = await collected(client.files.list({ limit: 2, order: 'asc' }));
  expect(listed.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
  expect(await (await client.files.content(made[1]!.id)).text()).toBe('zwei');
  expect(await client.files.delete(made[1]!.id)).toEqual({ id: made[1]!.id, object: 'file', deleted: true });
  const failure = await client.files.retrieve(made[1]!.id).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NotFoundError);
  expect((failure as NotFoundError).message).toBe(`404 No such File object: ${made[1]!.id}`);
});

test('an expiry that is asked for in a form is kept', async () => {
  const file = await toFile(Buffer.from('x'), 'x.txt');
  const expiry = { anchor: 'created_at', seconds: 3600 } as const;
  const made = await bed.client().files.create({ file, purpose: 'user_data', expires_after: expiry });
  expect(made.expires_at! - made.created_at).toBe(3600);
});

test('an upload in parts becomes a file', async () => {
  const { uploads, files } = bed.client();
  const upload = await uploads.create({ filename: 'a.txt', purpose: 'user_data', bytes: 10, mime_type: 'text/plain' });
  const parts = [];
  for (const text of ['hello', 'world']) {
    parts.push(await uploads.parts.create(upload.id, { data: await toFile(Buffer.from(text), 'part') }));
  }
  const done = await uploads.complete(upload.id, { part_ids: parts.map(({ id }) => id) });
  expect(done).toMatchObject({ status: 'completed', file: { bytes: 10 } });
  expect(await (await files.content(done.file!.id)).text()).toBe('helloworld');
});

test('a batch runs its lines and hands out their answers', async () => {
  const client = bed.client();
  const line = (id: string, body: object): string =>
    JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/responses', body });
  const lines = [line('a', { model: 'gpt-4o-mini', input: '2+2' }), line('b', { model: 'gpt-4o-mini', input: 7 })];
  const input = await upload(client, lines.join('\n'), 'batch', 'in.jsonl');
  const { id } = await client.batches.create({
    input_file_id: input.id,
    endpoint: '/v1/responses',
    completion_window: '24h',
    metadata: { night: 'yes' },
  });
  const batch = await settled(() => client.batches.retrieve(id), 'completed');
  expect(batch).toMatchObject({ request_counts: { total: 2, completed: 1, failed: 1 }, metadata: { night: 'yes' } });
  const output = JSON.parse(await (await client.files.content(batch.output_file_id!)).text()) as {
    custom_id: string;
    response: { body: OpenAI.Responses.Response };
  };
  expect(output.custom_id).toBe('a');
  expect(output.response.body.output).toMatchObject([{ content: [{ text: '4' }] }]);
  expect((await collected(client.batches.list())).map((one) => one.id)).toEqual([id]);
});

test('the pollers of the client wait for a vector store to have read its files', async () => {
  const { vectorStores } = bed.client();
  const store = await vectorStores.create({ name: 'animals' });
  const file = await toFile(Buffer.from('The quick brown fox jumps over the lazy dog.'), 'fox.txt');
  const read = await vectorStores.files.uploadAndPoll(store.id, file);
  expect(read).toMatchObject({ status: 'completed', vector_store_id: store.id });
  const more = [await toFile(Buffer.from('Cats sleep.'), 'cat.txt')];
  const batch = await vectorStores.fileBatches.uploadAndPoll(store.id, { files: more });
  expect(batch.file_counts).toMatchObject({ completed: 1, total: 1 });
  const found = await collected(vectorStores.search(store.id, { query: 'brown fox' }));
  expect(found.map(({ filename }) => filename)).toEqual(['fox.txt']);
  const content = await collected(vectorStores.files.content(read.id, { vector_store_id: store.id }));
  expect(content[0]?.text).toContain('lazy dog');
  expect((await vectorStores.update(store.id, { name: 'beasts' })).name).toBe('beasts');
  expect((await vectorStores.delete(store.id)).deleted).toBe(true);
});

test('a fine-tuning job succeeds, and tells how it went', async () => {
  const client = bed.client();
  const training = await upload(client, '{"messages":[]}', 'fine-tune', 'train.jsonl');
  const { id } = await client.fineTuning.jobs.create({ model: 'gpt-4o-mini-2024-07-18', training_file: training.id });
  const job = await settled(() => client.fineTuning.jobs.retrieve(id), 'succeeded');
  expect(job.fine_tuned_model).toMatch(/^ft:gpt-4o-mini-2024-07-18:/);
  expect(await collected(client.fineTuning.jobs.checkpoints.list(id))).toHaveLength(3);
  const events = await collected(client.fineTuning.jobs.listEvents(id, { limit: 3 }));
  expect(events.map(({ message }) => message)).toContain('Fine-tuning job started');
  expect(await client.models.delete(job.fine_tuned_model!)).toMatchObject({ deleted: true });
});

test('an eval is run over its rows', async () => {
  const { evals } = bed.client();
  const made = await evals.create({
    name: 'capitals',
    data_source_config: { type: 'custom', item_schema: { type: 'object' } },
    testing_criteria: [
      {
        type: 'string_check',
        name: 'same',
        input: '{{sample.output_text}}',
        reference: '{{item.is}}',
        operation: 'eq',
      },
    ],
  });
  const content = [{ item: { is: 'Paris' }, sample: { output_text: 'Paris' } }];
  const { id } = await evals.runs.create(made.id, {
    name: 'first',
    data_source: { type: 'jsonl', source: { type: 'file_content', content } },
  });
  const run = await settled(() => evals.runs.retrieve(id, { eval_id: made.id }), 'completed');
  expect(run.result_counts).toEqual({ total: 1, errored: 0, failed: 0, passed: 1 });
  const items = await collected(evals.runs.outputItems.list(id, { eval_id: made.id }));
  expect(items.map(({ status }) => status)).toEqual(['pass']);
});

test('containers, skills and videos live from creation to deletion', async () => {
  const { containers, skills, videos } = bed.client();
  const container = await containers.create({ name: 'box' });
  const file = await containers.files.create(container.id, { file: await toFile(Buffer.from('inside'), 'in.txt') });
  const content = await containers.files.content.retrieve(file.id, { container_id: container.id });
  expect(await content.text()).toBe('inside');
  expect(await collected(containers.files.list(container.id))).toHaveLength(1);
  await containers.delete(container.id);
  expect(await collected(containers.list())).toEqual([]);

  const head = '---\nname: greeter\ndescription: Greets.\n---\n';
  const skill = await skills.create({ files: [await toFile(Buffer.from(head), 'greeter/SKILL.md')] });
  expect(skill).toMatchObject({ name: 'greeter', default_version: '1' });
  expect((await skills.content.retrieve(skill.id)).headers.get('content-type')).toBe('application/zip');

  const video = await videos.create({ prompt: 'a cat on a piano', seconds: '4' });
  await settled(() => videos.retrieve(video.id), 'completed');
  expect((await videos.downloadContent(video.id)).headers.get('content-type')).toBe('video/mp4');
  expect((await videos.delete(video.id)).deleted).toBe(true);
});

test('a wrong method is refused, and told the right one', async () => {
  const wrong = await fetch(`${bed.client().baseURL}/embeddings`);
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
  expect(await wrong.json()).toMatchObject({ error: { code: 'method_not_supported' } });
  const other = await fetch(`${bed.client().baseURL}/files/file-x`, { method: 'POST' });
  expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, DELETE']);
});

test('a form that is none is refused as a form', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const broken = await fetch(`${bed.client().baseURL}/files`, { method: 'POST', headers, body: '--y' });
  expect([broken.status, await broken.json()]).toMatchObject([
    400,
    { error: { message: 'Could not parse multipart form', type: 'invalid_request_error' } },
  ]);
});
