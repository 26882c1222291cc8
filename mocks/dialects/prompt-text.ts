import { lastUserText } from '../generation/prompt.ts';
import { chatTurns } from './chat/prompt.ts';
import { asText } from './content.ts';
import { inputItems, inputTurns } from './responses/input.ts';
import { isBody } from './validate.ts';

/** The text a rule matches on: the last user text of the request, whatever its operation; empty when it has none. */
export function promptText(body: unknown): string {
  if (!isBody(body)) return '';
  if (Array.isArray(body['messages'])) return lastUserText(chatTurns(body));
  if (body['prompt'] !== undefined) return asText(body['prompt']);
  const { input } = body;
  // Of embeddings and moderations: several texts at once.
  if (Array.isArray(input) && input.every((text) => typeof text === 'string')) return input.join('\n');
  return lastUserText(inputTurns(inputItems(input), []));
}
