import { toFile } from 'openai';
import type { ResponseFileSearchToolCall, ResponseOutputMessage } from 'openai/resources/responses/responses';
import { expect, test } from 'vitest';
import { bedForFile } from './bed.ts';
import { judged } from './judged.ts';

const bed = bedForFile();
const judge = judged(bed);
const client = () => judge.client();

const HANDBOOK =
  'Goods may be returned within 30 days. Parcels are shipped on Tuesdays. The shop is closed on Sundays.';
const MENU = 'The canteen serves soup on Mondays and pancakes on Fridays.';

async function storeOf(texts: Readonly<Record<string, string>>): Promise<string> {
  const { files, vectorStores } = client();
  const store = await vectorStores.create({ name: 'knowledge' });
  for (const [name, text] of Object.entries(texts)) {
    const { id } = await files.create({ file: await toFile(Buffer.from(text), name), purpose: 'assistants' });
    await vectorStores.files.createAndPoll(store.id, { file_id: id });
  }
  return store.id;
}

test('a response searches the files of a store and answers with the words that it cites', async () => {
  const store = await storeOf({ 'handbook.txt': HANDBOOK, 'menu.txt': MENU });
  const response = await client().responses.create({
    model: 'gpt-4o',
    input: 'On which day does the canteen serve pancakes?',
    tools: [{ type: 'file_search', vector_store_ids: [store] }],
    include: ['file_search_call.results'],
  });
  const [search] = response.output as [ResponseFileSearchToolCall];
  expect(search.results?.[0]).toMatchObject({ filename: 'menu.txt', text: MENU });
  expect(response.output_text).toContain('pancakes on Fridays');
  const [part] = (response.output[1] as ResponseOutputMessage).content;
  expect(part).toMatchObject({ annotations: [{ type: 'file_citation', filename: 'menu.txt' }] });
});

test('a search of the store finds the same file as embeddings of the question do', async () => {
  const store = await storeOf({ 'handbook.txt': HANDBOOK, 'menu.txt': MENU });
  const question = 'When are goods returned?';
  const found = await client().vectorStores.search(store, { query: question });
  expect(found.data[0]).toMatchObject({ filename: 'handbook.txt', content: [{ type: 'text', text: HANDBOOK }] });
  const input = [question, HANDBOOK, MENU];
  const { data } = await client().embeddings.create({ model: 'text-embedding-3-small', input });
  const [asked = [], ...texts] = data.map(({ embedding }) => embedding);
  const [handbook = 0, menu = 0] = texts.map((text) => text.reduce((sum, value, at) => sum + value * asked[at]!, 0));
  expect(handbook).toBeGreaterThan(menu + 0.05);
});

test('the container of the code interpreter and the file that its code wrote can be fetched', async () => {
  const response = await client().responses.create({
    model: 'gpt-4o',
    input: 'Calculate 6 * 7 with code and save it to a csv file',
    tools: [{ type: 'code_interpreter', container: { type: 'auto' } }],
    include: ['code_interpreter_call.outputs'],
  });
  expect(response.output[0]).toMatchObject({
    type: 'code_interpreter_call',
    outputs: [{ type: 'logs', logs: '42\n' }],
  });
  const [part] = (response.output[1] as ResponseOutputMessage).content;
  const { annotations } = part as unknown as { annotations: [{ container_id: string; file_id: string }] };
  const [{ container_id, file_id }] = annotations;
  const { containers } = client();
  expect(await containers.retrieve(container_id)).toMatchObject({ id: container_id, status: 'running' });
  expect((await containers.files.list(container_id)).data).toMatchObject([
    { id: file_id, path: '/mnt/data/result.csv' },
  ]);
  expect(await (await containers.files.content.retrieve(file_id, { container_id })).text()).toBe('42');
});
