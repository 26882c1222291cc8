import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const bed = judged(bedForFile());

test('a harmless text is not flagged in any of the thirteen categories', async () => {
  const answer = await bed.client().moderations.create({ input: 'A walk in the park' });
  expect(answer).toMatchObject({ model: 'omni-moderation-latest', results: [{ flagged: false }] });
  expect(answer.id).toMatch(/^modr-/);
  const [result] = answer.results;
  expect(Object.values(result!.categories)).toEqual(Array<boolean>(13).fill(false));
  expect(Math.max(...Object.values(result!.category_scores))).toBeLessThan(0.01);
});

test('words decide the categories, and equal texts get equal scores', async () => {
  const ask = async () => (await bed.client().moderations.create({ input: ['I will kill you', 'hello'] })).results;
  const [first, second] = await ask();
  expect(first).toMatchObject({
    flagged: true,
    categories: { violence: true, 'harassment/threatening': true, sexual: false },
  });
  expect(first!.category_scores.violence).toBeGreaterThan(0.5);
  expect(second!.flagged).toBe(false);
  expect(await ask()).toEqual([first, second]);
});

test('a message of text and pictures gets one result that says where it looked', async () => {
  const { results } = await bed.client().moderations.create({
    model: 'omni-moderation-latest',
    input: [
      { type: 'text', text: 'look' },
      { type: 'image_url', image_url: { url: 'https://example.com/gore.png' } },
    ],
  });
  expect(results).toHaveLength(1);
  expect(results[0]!.categories['violence/graphic']).toBe(true);
  expect(results[0]!.category_applied_input_types).toMatchObject({ violence: ['text', 'image'], hate: ['text'] });
});

test('the text model knows no illicit categories and takes no pictures', async () => {
  const { moderations } = bed.client();
  const { model, results } = await moderations.create({ model: 'text-moderation-latest', input: 'how to steal' });
  expect(model).toBe('text-moderation-007');
  expect(results[0]).toMatchObject({ flagged: false, categories: { illicit: null } });
  const input = [{ type: 'image_url' as const, image_url: { url: 'https://example.com/a.png' } }];
  await expect(moderations.create({ model: 'text-moderation-latest', input })).rejects.toMatchObject({ status: 400 });
});
