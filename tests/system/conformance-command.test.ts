import { expect, test } from 'vitest';
import { runCommand } from '../../mocks/commands/command.ts';
import { conformanceCommand } from '../../mocks/commands/conformance.ts';
import type { Scorecard } from '../../mocks/conformance/scorecard.ts';
import { needsMock } from '../setup/needs.ts';
import { startBed } from './bed.ts';

const MODELS = (baseURL: string): object => ({
  '*': { endpoints: [{ provider: 'openai', name: 'any', base_url: baseURL, api_key: 'sk-endpoint' }] },
});

async function scored(...argv: string[]): Promise<Scorecard> {
  let text = '';
  const print = (more: string): void => void (text += more);
  await runCommand((exit) => conformanceCommand(exit, print, {}), [...argv, '--json']);
  return JSON.parse(text) as Scorecard;
}

const failed = ({ rows }: Scorecard): string[] =>
  rows.filter(({ verdict }) => verdict === 'fail').map(({ id, detail }) => `${id}: ${detail}`);

test('seen from outside, the proxy in front of the mock has no fault in shapes, errors, cache and transport', async (context) => {
  needsMock(context);
  await using bed = await startBed({ moreModels: ([mock]) => MODELS(mock!.baseURL) });
  const only = 'shapes,errors,cache,transport';
  const card = await scored('--target', bed.url, '--mock', bed.mock.url, '--key', 'sk-client', '--only', only);
  expect(failed(card)).toEqual([]);
  expect(card.rows.filter(({ group, verdict }) => group === 'cache' && verdict === 'pass')).toHaveLength(5);
  expect(card.rows.filter(({ group, verdict }) => group === 'transport' && verdict === 'pass')).toHaveLength(4);
});

const FAULTS = [
  'cut',
  'cut-first',
  'no-done',
  'malformed-event',
  'error-mid',
  'gzip-lie',
  'reset-mid',
  'truncated-json',
  'rate-limit',
];

test('whatever the mock does wrong, no answer is silently short, and the next one is whole', async (context) => {
  needsMock(context);
  await using bed = await startBed({ moreModels: ([mock]) => MODELS(mock!.baseURL) });
  const only = FAULTS.map((name) => `faults/${name}`).join(',');
  const card = await scored('--target', bed.url, '--mock', bed.mock.url, '--key', 'sk-client', '--only', only);
  expect(failed(card)).toEqual([]);
  expect(card.groups).toEqual([{ group: 'faults', passed: FAULTS.length, failed: 0, skipped: 0 }]);
});
