import { expect, test } from 'vitest';
import { attemptRecord, endAttempt } from './attempt-record.ts';

test('the reason of an end is kept in part: it may quote a request', () => {
  const record = attemptRecord({ id: 'm/a', provider: 'openai', origin: 'https://a.test' }, 1, 0);
  endAttempt(record, { kind: 'untranslatable', reason: 'r'.repeat(3_000_000) }, 5);
  expect(record).toMatchObject({ end: 5, outcome: 'untranslatable', reason: `${'r'.repeat(1_024)}…` });
  endAttempt(record, { kind: 'ok' }, 6);
  expect(record.reason).toBeUndefined();
});
