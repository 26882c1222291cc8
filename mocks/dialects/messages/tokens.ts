import type { Media } from '../../generation/media.ts';
import { modelFacts } from '../../generation/models.ts';
import type { Turn } from '../../generation/prompt.ts';
import { objectsIn } from '../content.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { blocksOf, messageTurns } from './content.ts';
import { claudeFacts } from '../../generation/claude-models.ts';
import { customTools, outputFormat } from './prompt.ts';

// What a request costs beyond its texts, by what was recorded: one user message costs its text and 7 tokens.
const BASE = 3;
const MESSAGE = 4;
const SYSTEM = 3;
const TOOLS = 530;
const FORCED_TOOLS = 85;
const TOOL = 8;
const SCHEMA = 160;
const THINKING = 29;
const CALL = 12;
const RESULT = 10;
const LONG_SIDE = 1568;
const PIXELS_PER_TOKEN = 750;
const PAGE = 1600;
const SOUND = 500;

function imageTokens(width: number, height: number): number {
  const shrink = Math.min(1, LONG_SIDE / Math.max(width, height, 1));
  return Math.ceil((width * shrink * height * shrink) / PIXELS_PER_TOKEN);
}

export function mediaCost(media: readonly Media[] = []): number {
  return media.reduce((sum, one) => {
    if (one.kind === 'image') return sum + imageTokens(one.width, one.height);
    return sum + (one.kind === 'document' ? one.pages * PAGE : SOUND);
  }, 0);
}

export type Count = (text: string) => number;

/** Counts texts in the vocabulary of a model. */
export function counterFor(model: string, { tokenizer }: Pick<DialectContext, 'tokenizer'>): Count {
  const { encoding } = modelFacts(model);
  const { tokenFactor } = claudeFacts(model);
  return (text) => Math.ceil(tokenizer.count(text, encoding) * tokenFactor);
}

function turnTokens(turn: Turn, count: Count): number {
  const media = mediaCost(turn.media);
  if (turn.role === 'system') return SYSTEM + count(turn.text);
  if (turn.role === 'tool') return RESULT + count(turn.text) + media;
  return MESSAGE + count(turn.text) + (turn.calls?.length ?? 0) * CALL + media;
}

/** Signed thinking of earlier turns is not read again, but for that of the tool loop under way. */
function thinkingTokens(body: Body, count: Count): number {
  const messages = objectsIn(body['messages']);
  const start = messages.findLastIndex(
    ({ role, content }) => role === 'user' && !blocksOf(content).some(({ type }) => type === 'tool_result'),
  );
  const texts = messages.slice(start + 1).flatMap(({ content }) => blocksOf(content).map((block) => block['thinking']));
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? count(text) : 0), 0);
}

/** Tokens of the tools and of what the provider says about them. */
export function toolTokens(body: Body, count: Count): number {
  const tools = objectsIn(body['tools']);
  if (tools.length === 0) return 0;
  const choice = isBody(body['tool_choice']) ? body['tool_choice']['type'] : 'auto';
  const forced = choice === 'any' || choice === 'tool' ? FORCED_TOOLS : 0;
  const custom = new Set(customTools(body));
  const written = tools.reduce((sum, tool) => {
    const { cache_control: _mark, ...said } = tool;
    return sum + (custom.has(tool) ? TOOL : TOOL * 4) + count(JSON.stringify(said));
  }, 0);
  return (choice === 'none' ? 0 : TOOLS) + forced + written;
}

/** What settings add that stand in no message. */
export function settingTokens(body: Body, count: Count): number {
  const format = outputFormat(body);
  const thinks = isBody(body['thinking']) && body['thinking']['type'] === 'enabled';
  return (
    BASE + (format === undefined ? 0 : SCHEMA + count(JSON.stringify(format['schema'] ?? {}))) + (thinks ? THINKING : 0)
  );
}

/** Tokens of a request's prompt, whatever of it is cached. */
export function messagesPromptTokens(body: Body, model: string, context: DialectContext): number {
  const count = counterFor(model, context);
  const said = messageTurns(body, context.objects).reduce((sum, turn) => sum + turnTokens(turn, count), 0);
  return settingTokens(body, count) + toolTokens(body, count) + said + thinkingTokens(body, count);
}
