import { unparsableBody } from '../errors.ts';
import { successHeaders } from '../headers.ts';
import { asText } from '../content.ts';
import { pretty } from '../json.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from '../reply.ts';
import { isBody } from '../validate.ts';
import { refusedResponse } from './fields.ts';
import { inputItems, inputTurns } from './input.ts';
import { inputTokens } from './prompt-tokens.ts';
import { responsesPrompt } from './prompt.ts';

/** Counts are made with this model's vocabulary when the request names none. */
const USUAL_MODEL = 'gpt-4o';

function countInput(request: DialectRequest, context: DialectContext): Reply {
  const { body } = request;
  if (!isBody(body)) return unparsableBody(context);
  const refused = refusedResponse(body, context);
  if (refused) return refused;
  const stored = context.state.get(asText(body['previous_response_id']));
  const history = stored?.turns ?? [];
  const turns = [...history, ...inputTurns(inputItems(body['input']), history)];
  const prompt = responsesPrompt(body, asText(body['model']) || USUAL_MODEL, turns, context);
  const tokens = inputTokens(prompt, body, context.tokenizer);
  const text = pretty(`{"object":"response.input_tokens","input_tokens":${tokens}}`);
  return { kind: 'json', status: 200, headers: successHeaders(context, 'application/json'), body: text, tokens: 0 };
}

export const countInputTokens: Operation = {
  id: 'responses.input_tokens',
  method: 'POST',
  path: '/v1/responses/input_tokens',
  handle: countInput,
};
