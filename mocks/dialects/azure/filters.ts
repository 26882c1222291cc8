import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

const SAFE = { filtered: false, severity: 'safe' } as const;
const CLEAN = { detected: false, filtered: false } as const;

const HARMS = { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE } as const;
/** Of what a model wrote. */
export const COMPLETION_RESULTS = { ...HARMS, protected_material_code: CLEAN, protected_material_text: CLEAN } as const;
/** Of what was asked. */
export const PROMPT_RESULTS = { ...HARMS, jailbreak: CLEAN } as const;
/** Of a choice that was blocked. */
const BLOCKED_RESULTS = { ...HARMS, violence: { filtered: true, severity: 'medium' } } as const;
/** Of a prompt that was blocked. */
export const BLOCKED_PROMPT = { ...PROMPT_RESULTS, violence: { filtered: true, severity: 'medium' } } as const;

export const PROMPT_FILTER_RESULTS = [{ prompt_index: 0, content_filter_results: PROMPT_RESULTS }] as const;

/** Members in alphabetical order, at every depth. */
export function alphabetical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(alphabetical);
  if (!isBody(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((name) => [name, alphabetical(value[name])]),
  );
}

/** A choice with the verdict of the content filter; one that was blocked has no message. */
export function filteredChoice(choice: Body): Body {
  if (choice['finish_reason'] !== 'content_filter') return { ...choice, content_filter_results: COMPLETION_RESULTS };
  const { message: _message, ...rest } = choice;
  return { ...rest, content_filter_results: BLOCKED_RESULTS };
}

/** A choice of a chunk: the role and the end come without a verdict. */
export function filteredDelta(choice: Body): Body {
  const { delta, finish_reason: finish, text } = choice;
  if (finish === 'content_filter') return { ...choice, content_filter_results: BLOCKED_RESULTS };
  const said = typeof text === 'string' ? text !== '' : isBody(delta) && Boolean(delta['content']);
  return { ...choice, content_filter_results: said && (finish ?? null) === null ? COMPLETION_RESULTS : {} };
}
