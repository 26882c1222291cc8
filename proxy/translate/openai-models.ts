import type { Conversation } from './conversation.ts';
import type { Losses } from './losses.ts';

/** Models of OpenAI's that think before they answer; the others refuse to be asked for it. */
const REASONING = /^(?:.*\/)?(?:o\d|gpt-5|gpt-oss|codex|computer-use)/;
const NOT_REASONING = /^(?:.*\/)?(?:gpt-[34]|chatgpt-4)/;

export function isReasoningModel(model: string): boolean {
  return REASONING.test(model);
}

/**
 * The conversation without wishes that every client of another family has by habit and that OpenAI's model refuses: thinking where it does
 * not think, temperatures where it does. A client of OpenAI's families knows its model.
 */
export function fitted(conversation: Conversation, model: string, losses: Losses): Conversation {
  const { family, thinking, temperature, topP } = conversation;
  if (family === 'chat' || family === 'responses') return conversation;
  if (NOT_REASONING.test(model))
    return thinking === undefined ? conversation : without(conversation, 'thinking', losses);
  if (!isReasoningModel(model) || thinking?.effort === 'none') return conversation;
  const cooled = isSet(temperature) ? without(conversation, 'temperature', losses) : conversation;
  return isSet(topP) ? without(cooled, 'topP', losses) : cooled;
}

/** Whether a value is another one than the only one that models which think take. */
function isSet(value: number | undefined): boolean {
  return value !== undefined && value !== 1;
}

function without(conversation: Conversation, name: 'thinking' | 'temperature' | 'topP', losses: Losses): Conversation {
  losses.drop(name);
  return { ...conversation, [name]: undefined };
}
