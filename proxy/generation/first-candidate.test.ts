import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import type { CandidateLease, Candidates } from './candidates.ts';
import { FirstCandidate } from './first-candidate.ts';

function all(): { calls: string[]; candidates: Candidates } {
  const calls: string[] = [];
  const candidates: Candidates = {
    subject: "model 'm'",
    ownerUntried: true,
    totalMs: 7,
    isOverBudget: true,
    retryAfterMs: () => 9,
    prepare: () => void calls.push('prepare'),
    next: () => {
      calls.push('next');
      return {} as CandidateLease;
    },
    mayGoOn: () => true,
    unavailable: () => new ProxyError('no_endpoint_available', 'none'),
  };
  return { calls, candidates };
}

test('the first endpoint is asked and no other, whatever became of it', () => {
  const { calls, candidates } = all();
  const first = new FirstCandidate(candidates);
  void first.prepare();
  expect(first.next()).toBeDefined();
  expect(first.mayGoOn()).toBe(false);
  expect(first.next()).toBeUndefined();
  expect(calls).toEqual(['prepare', 'next']);
});

test('in everything else it is what it stands for', () => {
  const first = new FirstCandidate(all().candidates);
  expect(first).toMatchObject({ subject: "model 'm'", ownerUntried: true, totalMs: 7, isOverBudget: true });
  expect(first.retryAfterMs()).toBe(9);
  expect(first.unavailable().code).toBe('no_endpoint_available');
});
