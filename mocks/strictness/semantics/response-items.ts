import { unsupportedChoice } from '../../refusals/sentences.ts';
import { violation } from '../../refusals/violation.ts';
import type { Fields } from '../walk.ts';
import { isObject } from '../walk.ts';
import { objectsIn } from './chat-messages.ts';
import type { Check } from './facts.ts';
import { responsesImage } from './images.ts';

/** How the ids of items begin that the provider made. */
const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  function_call: 'fc',
  reasoning: 'rs',
  web_search_call: 'ws',
  file_search_call: 'fs',
  code_interpreter_call: 'ci',
  image_generation_call: 'ig',
  mcp_call: 'mcp',
  custom_tool_call: 'ctc',
};

function typeOf(item: Fields): string {
  return typeof item['type'] === 'string' ? item['type'] : 'message';
}

const ids: Check = ({ body }) => {
  const seen = new Set<string>();
  for (const [at, item] of objectsIn(body['input']).entries()) {
    const { id } = item;
    if (typeof id !== 'string') continue;
    const prefix = PREFIXES[typeOf(item)];
    if ('role' in item || 'type' in item) {
      if (prefix !== undefined && !id.startsWith(`${prefix}_`)) {
        const path = `input[${at}].id`;
        return violation(
          `Invalid '${path}': '${id}'. Expected an ID that begins with '${prefix}'.`,
          path,
          'invalid_value',
        );
      }
    }
    if (seen.has(id)) {
      const message = `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`;
      return violation(message, 'input');
    }
    seen.add(id);
  }
  return undefined;
};

const references: Check = ({ body, surroundings }) => {
  for (const item of objectsIn(body['input'])) {
    const reference = item['type'] === 'item_reference' || (!('type' in item) && !('role' in item));
    const { id } = item;
    if (!reference || typeof id !== 'string' || surroundings.hasItem(id)) continue;
    const message = `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`;
    return { ...violation(message, 'input'), status: 404 };
  }
  return undefined;
};

/** Reasoning belongs to the item that came after it. */
const lonelyReasoning: Check = ({ body }) => {
  const items = objectsIn(body['input']);
  const at = items.findIndex((item, index) => {
    if (item['type'] !== 'reasoning') return false;
    const next = items.slice(index + 1).find((later) => later['type'] !== 'reasoning');
    return next === undefined || ['user', 'system', 'developer'].includes(String(next['role']));
  });
  if (at < 0) return undefined;
  const id = String(items[at]?.['id']);
  return violation(`Item '${id}' of type 'reasoning' was provided without its required following item.`, 'input');
};

const images: Check = ({ body }) => {
  for (const [at, item] of objectsIn(body['input']).entries()) {
    for (const [index, part] of objectsIn(item['content']).entries()) {
      const url = part['image_url'];
      const found =
        typeof url === 'string' ? responsesImage(url, `input[${at}].content[${index}].image_url`) : undefined;
      if (found) return found;
    }
  }
  return undefined;
};

/** Users send input parts, assistants output parts. */
const sides: Check = ({ body }) => {
  for (const [at, item] of objectsIn(body['input']).entries()) {
    if (typeOf(item) !== 'message' || !isObject(item)) continue;
    const own = item['role'] === 'assistant' ? ['output_text', 'refusal'] : ['input_text', 'input_image', 'input_file'];
    const index = objectsIn(item['content']).findIndex((part) => !own.includes(String(part['type'])));
    if (index < 0) continue;
    const path = `input[${at}].content[${index}].type`;
    return unsupportedChoice(path, String(objectsIn(item['content'])[index]?.['type']), own);
  }
  return undefined;
};

export const itemChecks: readonly Check[] = [sides, ids, references, lonelyReasoning, images];
