import type { Response } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import type { DialectContext } from '../reply.ts';
import { bodyOf, call, testContext } from '../testing.ts';
import { filesOfStores, searchedFiles } from './search.ts';

const HANDBOOK = [
  'Returns are accepted within 30 days of purchase. Keep the receipt.',
  ...Array.from(
    { length: 60 },
    (_, at) => `Paragraph ${at} of the handbook says how shelf ${at} is kept tidy by the staff.`,
  ),
  'Employees receive 25 days of paid vacation each year.',
].join('\n');
const MENU = 'The canteen serves soup on Mondays and pancakes on Fridays.';

/** A context with one store of two files. */
function contextWithStore(): DialectContext {
  const context = testContext();
  const put = (id: string, filename: string, text: string): void => {
    context.objects.put('/v1/files', { id, body: { filename }, hidden: {}, content: Buffer.from(text) });
    const body = { status: 'completed', attributes: { name: filename } };
    context.objects.put('/v1/vector_stores/vs_1/files', { id, body, hidden: {} });
  };
  context.objects.put('/v1/vector_stores', { id: 'vs_1', body: {}, hidden: {} });
  put('file-1', 'handbook.txt', HANDBOOK);
  put('file-2', 'menu.txt', MENU);
  return context;
}

const tools = [{ type: 'file_search', vector_store_ids: ['vs_1'] }];
const create = (body: object, context: DialectContext): Response =>
  bodyOf(call('responses', { body: { model: 'gpt-4o', tools, ...body } }, context)) as Response;

describe('searching the files of a store', () => {
  const search = (query: string, over: object = {}) => {
    const { objects } = contextWithStore();
    return searchedFiles(filesOfStores(['vs_1'], objects) ?? [], [query], { most: 10, threshold: 0, ...over }, objects);
  };

  test.each([
    [
      'How many vacation days do employees get?',
      'handbook.txt',
      'Employees receive 25 days of paid vacation each year.',
    ],
    ['Can I return what I bought, and when?', 'handbook.txt', 'Returns are accepted within 30 days of purchase.'],
    ['What is for lunch in the canteen on Friday?', 'menu.txt', 'pancakes on Fridays'],
  ])('%s is found in %s', (query, filename, words) => {
    const [best] = search(query);
    expect(best).toMatchObject({ filename, passage: expect.stringContaining(words) as string });
    expect(best!.text).toContain(words);
    expect(best!.score).toBeGreaterThan(0.35);
    expect(best!.score).toBeLessThanOrEqual(1);
  });

  test('nothing is near a question about something else, unless something has to be found', () => {
    expect(search('Zebra migration across Tanzania')).toEqual([]);
    expect(search('Zebra migration across Tanzania', { always: true }).length).toBeGreaterThan(1);
  });

  test('attributes, the threshold and the number of results bound what is found', () => {
    const filters = { type: 'eq', key: 'name', value: 'menu.txt' };
    expect(search('vacation days of employees', { filters, always: true }).map(({ filename }) => filename)).toEqual([
      'menu.txt',
    ]);
    expect(search('vacation days of employees', { threshold: 0.999 })).toEqual([]);
    expect(search('shelf kept tidy by the staff', { most: 1 })).toHaveLength(1);
  });

  test('a store that was never made has no files to search', () => {
    expect(filesOfStores(['vs_none'], contextWithStore().objects)).toBeUndefined();
  });
});

describe('file_search in a response', () => {
  test('answers with the words of the file and cites it', () => {
    const include = ['file_search_call.results'];
    const response = create({ input: 'How many days of vacation do employees get?', include }, contextWithStore());
    const [search, message] = response.output as unknown as [
      { results: { file_id: string; text: string }[] },
      { content: { text: string; annotations: object[] }[] },
    ];
    expect(search.results[0]).toMatchObject({ file_id: 'file-1', filename: 'handbook.txt' });
    expect(search.results[0]!.text).toContain('25 days of paid vacation');
    const { text, annotations } = message.content[0]!;
    expect(text).toContain('25 days of paid vacation');
    expect(annotations).toEqual([
      { type: 'file_citation', file_id: 'file-1', filename: 'handbook.txt', index: text.length },
    ]);
  });

  test('is used where a file is near the question, and left alone at small talk', () => {
    const types = (input: string) => create({ input }, contextWithStore()).output.map(({ type }) => type);
    expect(types('What does the canteen serve on Mondays?')).toEqual(['file_search_call', 'message']);
    expect(types('Hello, how are you?')).toEqual(['message']);
    expect(types('Who painted the Mona Lisa?')).toEqual(['message']);
  });
});
