import { expect, test } from 'vitest';
import type { CheckResult, CheckSettings, PlacedCheck } from '../credentials/key-checks.ts';
import { tryProvider, type StoredProvider, type TrialResult } from './try-provider.ts';

const GATEWAY = { defaultProvider: 'mistral', defaultModel: 'mistral-small-latest' };

async function tried(
  changes: Partial<StoredProvider['entry']>,
  answer: Partial<CheckResult> = {},
): Promise<{ result: TrialResult; asked: PlacedCheck[] }> {
  const asked: PlacedCheck[] = [];
  const checkAt = (placed: PlacedCheck): Promise<CheckResult> => {
    asked.push(placed);
    const details = { status: 200, latency_ms: 1 };
    const good = { is_valid: true, provider: 'x', model_name: 'x', error_message: null, error_kind: null, details };
    return Promise.resolve({ ...good, ...answer });
  };
  const entry = { name: 'openai', displayName: 'OpenAI', baseUrl: null, models: [], ...changes };
  const stored = { entry, key: 'sk-stored', credential: 'c1', requestId: 'r1' };
  return { result: await tryProvider({ checkAt }, stored, {} as CheckSettings, GATEWAY), asked };
}

test.each([
  [{ models: ['first', 'second'] }, 'https://api.openai.com/v1', 'openai', 'first'],
  [{}, 'https://api.openai.com/v1', 'openai', 'gpt-4o-mini'],
  [{ name: 'claude' }, 'https://api.anthropic.com/v1', 'anthropic', 'claude-haiku-4-5'],
  [
    { name: 'gemini', baseUrl: 'http://127.0.0.1:1/v1beta/models' },
    'http://127.0.0.1:1/v1beta',
    'gemini',
    'gemini-2.5-flash',
  ],
  [{ name: 'mistral' }, 'https://api.mistral.ai/v1', 'mistral', 'mistral-small-latest'],
  [{ name: 'custom', baseUrl: 'http://127.0.0.1:1', models: ['m'] }, 'http://127.0.0.1:1/v1', 'openai', 'm'],
])('%j is asked at %s as %s for %s', async (changes, address, provider, model) => {
  const { result, asked } = await tried(changes);
  expect(result).toEqual({ success: true, error: null });
  expect(asked).toMatchObject([{ model, target: { provider }, check: { key: 'sk-stored', credential: 'c1' } }]);
  expect(asked.map(({ target }) => target.origin + target.basePath)).toEqual([address]);
});

test.each([
  [{ name: 'custom', models: ['m'] }, 'OpenAI has no base_url.'],
  [{ name: 'llama' }, 'OpenAI lists no model that could be asked for.'],
])('%j cannot be asked: %s', async (changes, error) => {
  expect(await tried(changes)).toEqual({ result: { success: false, error }, asked: [] });
});

test('what the check says is what is answered', async () => {
  const { result } = await tried({}, { is_valid: false, error_message: 'OpenAI did not answer in time.' });
  expect(result).toEqual({ success: false, error: 'OpenAI did not answer in time.' });
});
