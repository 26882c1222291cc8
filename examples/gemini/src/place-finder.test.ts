import { ApiError } from '@google/genai';
import { mock } from 'llmproxy/vitest';
import { beforeEach, expect, test } from 'vitest';
import { placeOf, tell } from './place-finder.ts';

beforeEach(() => mock().reset());

test('the JSON has the form of the schema', async () => {
  const place = await placeOf('Oslo is a city of 700000 people.');
  expect(place).toEqual({ city: expect.any(String), population: expect.any(Number) });
});

test('the mock says what a test tells it to say', async () => {
  await mock().answer({ match: { text: 'Oslo' }, reply: JSON.stringify({ city: 'Oslo', population: 700_000 }) });
  expect(await placeOf('Oslo is a city of 700000 people.')).toEqual({ city: 'Oslo', population: 700_000 });
});

test('an answer arrives in the pieces that a test scripts', async () => {
  await mock().answer({ reply: { chunks: ['Oslo ', 'is in ', 'Norway.'] } });
  const pieces: string[] = [];
  for await (const piece of tell('Where is Oslo?')) if (piece !== '') pieces.push(piece);
  expect(pieces).toEqual(['Oslo ', 'is in ', 'Norway.']);
});

test('a bad request is the error that the SDK knows', async () => {
  await mock().fault({ times: 1, fault: { kind: 'status', status: 400 } });
  await expect(placeOf('Oslo')).rejects.toBeInstanceOf(ApiError);
});
