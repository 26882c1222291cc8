import type { JsonObject } from '../../core/json.ts';
import type { Effort, Thinking } from '../conversation.ts';
import { effortOf, isOff } from '../efforts.ts';
import type { ModelTraits } from './models.ts';
import type { Writing } from './writing.ts';

/** Thinking tokens of an effort, as Google's own OpenAI-compatible endpoint has them. */
const BUDGETS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 32_768,
};

/** Writes `thinkingConfig`, as the model's generation takes it. */
export function writeThinking({ conversation, traits, losses }: Writing, config: JsonObject): void {
  const { thinking } = conversation;
  if (thinking === undefined) return;
  const off = isOff(thinking);
  if (traits.thinking === 'none') {
    if (!off) losses.drop('thinking');
    return;
  }
  const written = traits.thinking === 'level' ? writeLevel(thinking, traits) : writeBudget(thinking, traits);
  if (thinking.summary === undefined ? !off : thinking.summary !== 'none') written['includeThoughts'] = true;
  else if (conversation.family === 'gemini') written['includeThoughts'] = false;
  config['thinkingConfig'] = written;
}

function writeLevel(thinking: Thinking, traits: ModelTraits): JsonObject {
  const effort = effortOf(thinking);
  if (effort === undefined) return {};
  return { thinkingLevel: levelOf(effort, traits) };
}

/** The least that these models think is little, not nothing. */
function levelOf(effort: Effort, { allLevels }: ModelTraits): string {
  if (effort === 'none' || effort === 'minimal') return allLevels ? 'minimal' : 'low';
  if (effort === 'low') return 'low';
  return effort === 'medium' && allLevels ? 'medium' : 'high';
}

function writeBudget(thinking: Thinking, { budget: { least, most, off } }: ModelTraits): JsonObject {
  const wished = thinking.budget ?? (thinking.effort === undefined ? -1 : BUDGETS[thinking.effort]);
  if (wished < 0 && thinking.effort !== undefined) {
    return { thinkingBudget: Math.min(Math.max(BUDGETS[thinking.effort], least), most) };
  }
  if (wished < 0) return { thinkingBudget: -1 };
  if (wished === 0) return { thinkingBudget: off ? 0 : least };
  return { thinkingBudget: Math.min(Math.max(wished, least), most) };
}
