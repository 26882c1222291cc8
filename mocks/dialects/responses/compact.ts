import type { Turn } from '../../generation/prompt.ts';
import { seal } from '../../generation/sealed.ts';
import { answerText } from '../answer.ts';
import { asText } from '../content.ts';
import { missingField } from '../errors.ts';
import { json } from '../json.ts';
import { unixSeconds } from '../stored-object.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from '../reply.ts';
import type { Body } from '../validate.ts';
import { checkedBody } from '../validate.ts';
import { refusedResponse } from './fields.ts';
import { refusedPrevious } from './history.ts';
import { itemIds } from './ids.ts';
import { inputItems, listedItems } from './input.ts';
import { inputTokens } from './prompt-tokens.ts';
import { responsesPrompt } from './prompt.ts';
import { inputTurns } from './turns.ts';

/** Of what was said before, at most so much is kept. */
const KEPT_CHARACTERS = 8000;

/** What the assistant and its tools said, which is all that the user's own messages do not tell. */
function summaryOf(turns: readonly Turn[]): string {
  const said = turns.filter((turn) => turn.role !== 'user').map((turn) => `${turn.role}: ${turn.text}`);
  return said.join('\n').slice(-KEPT_CHARACTERS);
}

function userMessages(history: readonly Turn[], items: readonly Body[]): readonly Body[] {
  const earlier = history.filter((turn) => turn.role === 'user').map(({ text }) => ({ role: 'user', content: text }));
  const own = items.filter((item) => (item['type'] ?? 'message') === 'message' && item['role'] === 'user');
  return [...earlier, ...own];
}

function compact(request: DialectRequest, context: DialectContext): Reply {
  const checked = checkedBody(request.body, context, 'responses', []);
  if ('refused' in checked) return checked.refused;
  const { body, model } = checked;
  const previous = asText(body['previous_response_id']);
  const stored = previous === '' ? undefined : context.state.get(previous);
  const unknown = previous !== '' && stored === undefined ? refusedPrevious(previous, context) : undefined;
  if (unknown) return unknown;
  const items = inputItems(body['input'] ?? []);
  if (items.length === 0 && previous === '') return missingField(context, 'input');
  const refused = refusedResponse({ ...body, input: body['input'] ?? [] }, context);
  if (refused) return refused;

  const history = stored?.turns ?? [];
  const turns = [...history, ...inputTurns(items, history)];
  const input = inputTokens(responsesPrompt(body, model, turns, context), body, context.tokenizer);
  const summary = summaryOf(turns);
  const tokens = Math.max(16, context.tokenizer.count(summary, 'o200k_base'));
  const createdAt = unixSeconds(context);
  const ids = itemIds(context.random, createdAt);
  const sealed = seal({ tokens, text: summary }, context.random, createdAt);
  const compaction = `{"id":"${ids('cmp')}","type":"compaction","encrypted_content":"${sealed}"}`;
  const output = [...listedItems(userMessages(history, items), ids), compaction];
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + tokens,
  };
  const head = `{"id":"${ids('resp')}","object":"response.compaction","created_at":${createdAt}`;
  const reply = answerText(context, `${head},"output":[${output.join(',')}],"usage":${json(usage)}}`);
  return { ...reply, billed: { input, output: tokens } };
}

/** Shortens a conversation to the user's messages and one sealed item that later requests read back. */
export const compactResponse: Operation = {
  id: 'responses.compact',
  method: 'POST',
  path: '/v1/responses/compact',
  handle: compact,
};
