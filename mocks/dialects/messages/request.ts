import { asText, objectsIn } from '../content.ts';
import type { DialectContext, JsonReply } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { blocksOf } from './content.ts';
import { notFound, refusal } from './errors.ts';
import { claudeFacts } from '../../generation/claude-models.ts';
import { isRedactedData, isSigned, signingAt } from './signature.ts';

type Checked = { readonly body: Body; readonly model: string } | { readonly refused: JsonReply };

function missing(body: Body, required: readonly string[]): string | undefined {
  return required.find((name) => body[name] === undefined || body[name] === null);
}

function wrongField(body: Body): string | undefined {
  if (!Array.isArray(body['messages'])) return 'messages: Input should be a valid list';
  if (body['messages'].length === 0) return 'messages: at least one message is required';
  const wrong = body['messages'].findIndex((message) => !isBody(message));
  if (wrong !== -1) return `messages.${wrong}: Input should be a valid dictionary`;
  const { max_tokens: most } = body;
  if (most === undefined) return undefined;
  if (typeof most !== 'number' || !Number.isInteger(most)) return 'max_tokens: Input should be a valid integer';
  return most < 1 ? 'max_tokens: Input should be greater than or equal to 1' : undefined;
}

/** The body of a request that can be answered, whatever the provider would think of it. */
export function checkedRequest(value: unknown, required: readonly string[], context: DialectContext): Checked {
  const body = isBody(value) ? value : {};
  const absent = missing(body, required);
  if (absent !== undefined) return { refused: refusal(context, `${absent}: Field required`) };
  const { model } = body;
  if (typeof model !== 'string') return { refused: refusal(context, 'model: Input should be a valid string') };
  const wrong = wrongField(body);
  if (wrong !== undefined) return { refused: refusal(context, wrong) };
  const { models } = context;
  if (models !== undefined && !models.includes(model) && !models.includes(claudeFacts(model).snapshot)) {
    return { refused: notFound(context, `model: ${model}`) };
  }
  const forged = forgedThinking(body, model, context);
  return forged === undefined ? { body, model } : { refused: refusal(context, forged) };
}

/** Thinking that comes back must be what was given: the first block that is not. */
function forgedThinking(body: Body, model: string, context: DialectContext): string | undefined {
  const { snapshot } = claudeFacts(model);
  for (const [at, message] of objectsIn(body['messages']).entries()) {
    for (const [position, block] of blocksOf(message['content']).entries()) {
      const signing = signingAt(snapshot, position, context);
      const where = `messages.${at}.content.${position}`;
      if (block['type'] === 'thinking' && !isSigned(signing, asText(block['thinking']), asText(block['signature']))) {
        return `${where}: Invalid \`signature\` in \`thinking\` block`;
      }
      if (block['type'] === 'redacted_thinking' && !isRedactedData(signing, asText(block['data']))) {
        return `${where}: Invalid \`data\` in \`redacted_thinking\` block`;
      }
    }
  }
  return undefined;
}
