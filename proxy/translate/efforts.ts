import type { Effort, Thinking } from './conversation.ts';

/** The effort that a number of thinking tokens stands for: under 2,000 low, under 8,000 medium. */
export function effortOfBudget(budget: number): Effort {
  if (budget === 0) return 'none';
  if (budget < 2_000) return 'low';
  return budget < 8_000 ? 'medium' : 'high';
}

/** The effort that is wished for; undefined = as the model sees fit. */
export function effortOf(thinking: Thinking): Effort | undefined {
  if (thinking.effort !== undefined) return thinking.effort;
  return thinking.budget === undefined || thinking.budget < 0 ? undefined : effortOfBudget(thinking.budget);
}

export function isOff(thinking: Thinking): boolean {
  return effortOf(thinking) === 'none';
}
