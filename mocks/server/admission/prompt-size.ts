import { chatPrompt } from '../../dialects/chat/prompt.ts';
import { chatPromptTokens } from '../../dialects/chat/prompt-tokens.ts';
import { asText, optionalInteger } from '../../dialects/content.ts';
import { itemsOf } from '../../dialects/conversations/store.ts';
import type { DialectContext, DialectRequest, Operation } from '../../dialects/reply.ts';
import { inputItems, inputTurns } from '../../dialects/responses/input.ts';
import { inputTokens } from '../../dialects/responses/prompt-tokens.ts';
import { responsesPrompt } from '../../dialects/responses/prompt.ts';
import type { Body } from '../../dialects/validate.ts';
import { isBody } from '../../dialects/validate.ts';
import { modelFacts } from '../../generation/models.ts';

/** Characters of a token, where no formula is known. */
const CHARACTERS_PER_TOKEN = 4;

type Counter = (body: Body, model: string, context: DialectContext) => number;

function textTokens(value: unknown, model: string, { tokenizer }: DialectContext): number {
  const texts = Array.isArray(value) ? value : [value];
  return texts.reduce<number>((sum, item) => {
    if (typeof item === 'string') return sum + tokenizer.count(item, modelFacts(model).encoding);
    return sum + (Array.isArray(item) ? item.length : 1);
  }, 0);
}

function conversationItems(conversation: unknown, context: DialectContext): readonly Body[] {
  const id = isBody(conversation) ? conversation['id'] : conversation;
  return context.objects.all(itemsOf(asText(id))).map(({ body }) => body);
}

const COUNTERS: Readonly<Record<string, Counter>> = {
  'chat.completions': (body, model, context) =>
    chatPromptTokens(chatPrompt(body, model, context), body, context.tokenizer),
  responses(body, model, context) {
    const history = context.state.get(asText(body['previous_response_id']))?.turns ?? [];
    const items = [...conversationItems(body['conversation'], context), ...inputItems(body['input'])];
    const turns = [...history, ...inputTurns(items, history)];
    return inputTokens(responsesPrompt(body, model, turns, context), body, context.tokenizer);
  },
  embeddings: (body, model, context) => textTokens(body['input'], model, context),
  completions: (body, model, context) => textTokens(body['prompt'], model, context),
};

/** Tokens of the prompt, by the formulas that usage is counted with; for other operations a quarter of the body's characters. */
export function promptSize({ id, reads }: Operation, request: DialectRequest, context: DialectContext): number {
  const { body } = request;
  if (reads?.promptTokens !== undefined) return reads.promptTokens(request, context);
  const counter = COUNTERS[id];
  if (counter === undefined || !isBody(body)) return Math.ceil(request.rawBody.length / CHARACTERS_PER_TOKEN);
  return counter(body, asText(body['model']), context);
}

/** The most tokens that all answers together may have; 0 when the request sets no limit. */
export function mostAnswered(body: unknown): number {
  if (!isBody(body)) return 0;
  const most = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'].map((name) => optionalInteger(body[name]));
  const choices = Math.max(1, optionalInteger(body['n']) ?? 1);
  return Math.max(0, most.find((value) => value !== undefined) ?? 0) * choices;
}
