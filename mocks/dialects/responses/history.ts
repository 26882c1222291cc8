import { contextWindow } from '../../generation/model-limits.ts';
import type { Prompt, Turn } from '../../generation/prompt.ts';
import { unseal } from '../../generation/sealed.ts';
import { badRequest } from '../errors.ts';
import type { DialectContext, Reply } from '../reply.ts';
import type { Body } from '../validate.ts';
import { refusedTurns } from './fields.ts';
import { inputItems } from './input.ts';
import { inputTokens } from './prompt-tokens.ts';
import { inputTurns } from './turns.ts';

export interface Talk {
  readonly items: readonly Body[];
  readonly turns: readonly Turn[];
}

interface Refused {
  readonly refused: Reply;
}

const SHOWN_CHARACTERS = 4;

/** Reasoning that was not sealed by a mock, or was changed on its way. Lenient servers read it as nothing. */
function refusedSealed(items: readonly Body[], context: DialectContext): Reply | undefined {
  if (context.lenientIds) return undefined;
  for (const { type, encrypted_content: sealed } of items) {
    if (type !== 'reasoning' || typeof sealed !== 'string' || unseal(sealed) !== undefined) continue;
    const shown = `${sealed.slice(0, SHOWN_CHARACTERS)}...${sealed.slice(-SHOWN_CHARACTERS)}`;
    const message = `The encrypted content ${shown} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`;
    return badRequest(context, message, null, 'invalid_encrypted_content');
  }
  return undefined;
}

/** An id that names no response; lenient servers take it for one without a history. */
export function refusedPrevious(id: string, context: DialectContext): Reply | undefined {
  if (context.lenientIds) return undefined;
  const message = `Previous response with id '${id}' not found.`;
  return badRequest(context, message, 'previous_response_id', 'previous_response_not_found');
}

/** The history of `previous_response_id` and the request's own input. */
export function talkOf(body: Body, context: DialectContext): Talk | Refused {
  const previous = body['previous_response_id'];
  const stored = typeof previous === 'string' ? context.state.get(previous) : undefined;
  const foreign = typeof previous === 'string' && !stored;
  const unknown = foreign ? refusedPrevious(previous, context) : undefined;
  if (unknown) return { refused: unknown };
  const history = stored?.turns ?? [];
  const items = inputItems(body['input']);
  const turns = [...history, ...inputTurns(items, history)];
  // What a reference stands for is not known here, nor what a foreign response called: calls and outputs cannot be matched.
  const checkable = !foreign && items.every((item) => item['type'] !== 'item_reference');
  const refused = refusedSealed(items, context) ?? (checkable ? refusedTurns(turns, context) : undefined);
  return refused ? { refused } : { items, turns };
}

/** The prompt within the model's context: with `truncation: "auto"` without its oldest turns, else refused when it is too long. */
export function fittedPrompt(prompt: Prompt, body: Body, context: DialectContext): Prompt | Refused {
  const window = contextWindow(prompt.model.name);
  const count = (turns: readonly Turn[]): number => inputTokens({ ...prompt, turns }, body, context.tokenizer);
  // A token has a character at least: most prompts need no counting here.
  const characters = prompt.turns.reduce((sum, turn) => sum + turn.text.length + (turn.media ? Infinity : 4), 0);
  if (window === undefined || characters < window || count(prompt.turns) <= window) return prompt;
  if (body['truncation'] !== 'auto') {
    const message = 'Your input exceeds the context window of this model. Please adjust your input and try again.';
    return { refused: badRequest(context, message, 'input', 'context_length_exceeded') };
  }
  let turns = prompt.turns;
  while (turns.length > 1 && count(turns) > window) {
    const oldest = turns.findIndex((turn) => turn.role !== 'system' && turn.role !== 'developer');
    turns = turns.filter((_, at) => at !== Math.max(0, oldest));
  }
  return { ...prompt, turns };
}
