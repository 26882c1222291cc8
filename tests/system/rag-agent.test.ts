import { beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { answer } from '../../examples/vitest/src/support-desk.ts';

const PLACES = { 'the mock alone': inject('mockUrls')[0], 'the mock behind the proxy': inject('proxyUrl') };

/** The application of examples/vitest, which has a test of its own, where requests take another way. */
describe.each(Object.entries(PLACES))('an agent that looks things up and streams, against %s', (_place, url) => {
  beforeAll(() => {
    vi.stubEnv('OPENAI_BASE_URL', `${url}/v1`);
    vi.stubEnv('OPENAI_API_KEY', 'sk-test');
    return () => vi.unstubAllEnvs();
  });

  test.skipIf(inject('live')).each([
    ['How do I return my purchase for a refund?', 'within 30 days'],
    ['When do you ship my parcel?', 'two working days'],
    ['Is the shop open on Sundays?', 'closed on Sundays'],
    ['What is the status of order A-18?', 'A-18: waiting for payment'],
  ])('%s', async (question, words) => {
    const pieces: string[] = [];
    for await (const piece of answer(question)) if (piece !== '') pieces.push(piece);
    expect(pieces.join('')).toContain(words);
    expect(pieces.length).toBeGreaterThan(3);
  });
});
