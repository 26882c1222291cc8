import { isJsonObject } from '../../core/json.ts';
import type { Effort, Thinking } from '../conversation.ts';
import { effortOf, isOff } from '../efforts.ts';
import type { Writing } from './writing.ts';

/** Fewest thinking tokens that the API takes. */
const MIN_BUDGET = 1024;

/** Thinking tokens of an effort, for models that take a budget. */
const BUDGETS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 4096,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};

/** Writes `thinking` and `output_config.effort`; raises `max_tokens` by a budget. */
export function writeThinking(writing: Writing): void {
  const { conversation, traits, losses, body } = writing;
  const { thinking } = conversation;
  if (thinking === undefined) return;
  if (isOff(thinking)) {
    if (traits.maxTokens !== undefined && traits.thinking !== 'none') body['thinking'] = { type: 'disabled' };
    return;
  }
  const choice = isJsonObject(body['tool_choice']) ? body['tool_choice']['type'] : undefined;
  // A call that is forced excludes thinking.
  if (traits.thinking === 'none' || choice === 'any' || choice === 'tool') {
    losses.drop('thinking');
    return;
  }
  if (traits.thinking === 'adaptive') writeAdaptive(writing, thinking);
  else if (thoughtsAreLost(writing)) losses.drop('thinking');
  else writeBudget(writing, thinking);
}

function writeAdaptive({ traits, body }: Writing, thinking: Thinking): void {
  const { summary } = thinking;
  body['thinking'] = {
    type: 'adaptive',
    ...(summary === undefined || !traits.display ? {} : { display: summary === 'none' ? 'omitted' : 'summarized' }),
  };
  const effort = effortOf(thinking);
  if (effort === undefined) return;
  const config = isJsonObject(body['output_config']) ? body['output_config'] : {};
  body['output_config'] = { effort: effortAt(effort, traits.efforts), ...config };
}

function effortAt(effort: Effort, efforts: readonly string[]): string {
  if (efforts.includes(effort)) return effort;
  return effort === 'minimal' ? 'low' : 'high';
}

function writeBudget({ conversation, traits, body }: Writing, thinking: Thinking): void {
  const asked = thinking.budget ?? -1;
  let budget = asked > 0 ? Math.max(asked, MIN_BUDGET) : BUDGETS[thinking.effort ?? 'medium'];
  let limit = Number(body['max_tokens']);
  const counted = conversation.family === 'messages' && limit > budget;
  const known = conversation.maxTokens === undefined && traits.maxTokens !== undefined;
  if (!counted && !known) limit += budget;
  // What a client asks beyond the model's limit is refused there; what is added here is not.
  if (traits.maxTokens !== undefined) {
    limit = Math.max(Math.min(limit, traits.maxTokens), Number(body['max_tokens']));
    if (budget >= limit) budget = Math.max(MIN_BUDGET, limit - MIN_BUDGET);
  }
  body['max_tokens'] = limit;
  body['thinking'] = { type: 'enabled', budget_tokens: budget };
}

/**
 * Whether the loop of tools that goes on has lost the thoughts it began with. Models that take a budget refuse such a conversation
 * while they think; adaptive ones do not.
 */
function thoughtsAreLost({ body }: Writing): boolean {
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  let inLoop = false;
  for (const message of messages.toReversed()) {
    const content = isJsonObject(message) && Array.isArray(message['content']) ? message['content'] : [];
    const types = new Set(content.map((block) => (isJsonObject(block) ? block['type'] : undefined)));
    if (types.has('thinking') || types.has('redacted_thinking')) return false;
    if (isJsonObject(message) && message['role'] !== 'assistant') {
      if (!types.has('tool_result')) return inLoop;
      inLoop = true;
    }
  }
  return inLoop;
}
