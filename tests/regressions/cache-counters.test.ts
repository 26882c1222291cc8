import { expect, test } from 'vitest';
import { chat } from '../system/ask.ts';
import { startBed, type Bed } from '../system/bed.ts';

async function ask(bed: Bed, control?: string): Promise<string | null> {
  const answer = await fetch(`${bed.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(control === undefined ? {} : { 'cache-control': control }) },
    body: JSON.stringify(chat('hi')),
  });
  await answer.arrayBuffer();
  return answer.headers.get('x-llmproxy-cache');
}

test('an entry that a request may not have is no hit of that request', async () => {
  await using bed = await startBed();
  const said = [await ask(bed), await ask(bed, 'max-age=0'), await ask(bed, 'max-age=0')];
  expect(said).toEqual(['miss', 'miss', 'miss']);
  expect((await bed.stats()).cache).toMatchObject({ hits: 0, misses: 3, found_in: { memory: 0, redis: 0 } });
});

test('every hit is counted once, in the tier that had it', async () => {
  await using bed = await startBed();
  const said = [await ask(bed), await ask(bed), await ask(bed)];
  expect(said).toEqual(['miss', 'hit', 'hit']);
  expect((await bed.stats()).cache).toMatchObject({ hits: 2, misses: 1, stored: 1, found_in: { memory: 2, redis: 0 } });
});

test('the tokens of an answer are counted for every request that got it', async () => {
  await using bed = await startBed();
  const usage = await bed.client().chat.completions.create(chat('hi'));
  await ask(bed);
  await ask(bed);
  const { tokens } = (await bed.stats()) as unknown as { tokens: { input: number; output: number } };
  expect(tokens).toMatchObject({
    input: 3 * usage.usage!.prompt_tokens,
    output: 3 * usage.usage!.completion_tokens,
  });
});
