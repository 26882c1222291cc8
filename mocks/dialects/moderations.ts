import { fractionOf } from '../generation/hash.ts';
import { answerJson } from './answer.ts';
import { asText, objectsIn } from './content.ts';
import { badRequest, missingField, unknownModel } from './errors.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from './reply.ts';
import type { Body } from './validate.ts';
import { isBody, wrongType } from './validate.ts';

interface Category {
  readonly name: string;
  /** Lowercase stems; a text or an image's address that holds one is flagged. */
  readonly words: readonly string[];
  /** Pictures are looked at for it too. */
  readonly images: boolean;
  /** The older text models do not know it. */
  readonly omniOnly?: true;
}

/** In the provider's order. */
const CATEGORIES: readonly Category[] = [
  { name: 'harassment', words: ['idiot', 'stupid', 'loser', 'harass'], images: false },
  { name: 'harassment/threatening', words: ['i will hurt you', 'i will kill you', 'threaten'], images: false },
  { name: 'sexual', words: ['porn', 'nude', 'sexual'], images: true },
  { name: 'hate', words: ['hate speech', 'i hate those people', 'racist'], images: false },
  { name: 'hate/threatening', words: ['exterminate them', 'kill those people'], images: false },
  { name: 'illicit', words: ['shoplift', 'counterfeit', 'make a bomb', 'steal'], images: false, omniOnly: true },
  { name: 'illicit/violent', words: ['make a bomb', 'buy a gun illegally'], images: false, omniOnly: true },
  { name: 'self-harm/intent', words: ['kill myself', 'hurt myself', 'end my life'], images: true },
  { name: 'self-harm/instructions', words: ['how to hurt myself', 'ways to self-harm'], images: true },
  { name: 'self-harm', words: ['self-harm', 'kill myself', 'hurt myself', 'end my life', 'suicide'], images: true },
  { name: 'sexual/minors', words: ['sexual content with minors'], images: false },
  { name: 'violence', words: ['kill', 'murder', 'attack', 'violence', 'make a bomb', 'hurt you'], images: true },
  { name: 'violence/graphic', words: ['gore', 'dismember', 'mutilat'], images: true },
];

/** What one result is about. */
interface Moderated {
  readonly text: string | undefined;
  readonly images: readonly string[];
}

const isParts = (input: readonly unknown[]): boolean => input.some(isBody);

function moderatedParts(parts: readonly Body[]): Moderated {
  const texts = parts.filter((part) => part['type'] === 'text').map((part) => asText(part['text']));
  const images = parts
    .filter((part) => part['type'] === 'image_url')
    .map((part) => (isBody(part['image_url']) ? asText(part['image_url']['url']) : ''));
  return { text: texts.length === 0 ? undefined : texts.join('\n'), images };
}

/** One for a text and for a message of several parts, one for each text of a list. */
function moderatedInputs(input: unknown): readonly Moderated[] | undefined {
  if (typeof input === 'string') return [{ text: input, images: [] }];
  if (!Array.isArray(input) || input.length === 0) return undefined;
  if (isParts(input)) return [moderatedParts(objectsIn(input))];
  return input.map((text) => ({ text: asText(text), images: [] }));
}

function holds(words: readonly string[], text: string): boolean {
  const lower = text.toLowerCase();
  return words.some((word) => lower.includes(word));
}

interface Verdict {
  readonly flagged: boolean;
  readonly score: number;
  readonly applied: readonly string[];
}

function verdictOf(category: Category, { text, images }: Moderated, omni: boolean): Verdict {
  if (category.omniOnly && !omni) return { flagged: false, score: 0, applied: [] };
  const pictures = category.images && omni ? images : [];
  const flagged = holds(category.words, text ?? '') || pictures.some((url) => holds(category.words, url));
  const chance = fractionOf(`${category.name}\n${text ?? ''}\n${pictures.join('\n')}`);
  const applied = [...(text === undefined ? [] : ['text']), ...(pictures.length === 0 ? [] : ['image'])];
  if (applied.length === 0) return { flagged: false, score: 0, applied };
  return { flagged, score: flagged ? 0.6 + chance * 0.399 : chance * 0.0004, applied };
}

function resultOf(moderated: Moderated, omni: boolean): Body {
  const verdicts = CATEGORIES.map((category) => [category, verdictOf(category, moderated, omni)] as const);
  const fields = (value: (verdict: Verdict, category: Category) => unknown): Body =>
    Object.fromEntries(verdicts.map(([category, verdict]) => [category.name, value(verdict, category)]));
  return {
    flagged: verdicts.some(([, verdict]) => verdict.flagged),
    categories: fields(({ flagged }, { omniOnly }) => (omniOnly && !omni ? null : flagged)),
    category_scores: fields(({ score }) => score),
    category_applied_input_types: fields(({ applied }) => applied),
  };
}

/** The judgement on one text, as answers carry it that were asked to be judged along the way. */
export function judgedText(text: string, model: string): Body {
  return { type: 'moderation_result', model, ...resultOf({ text, images: [] }, true) };
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const body = isBody(request.body) ? request.body : {};
  const { input, model = 'omni-moderation-latest' } = body;
  if (input === undefined || input === null) return missingField(context, 'input');
  if (typeof model !== 'string') return wrongType(context, 'model', 'a string', model);
  if (body['model'] !== undefined && context.models !== undefined && !context.models.includes(model)) {
    return unknownModel(model, context, 'chat');
  }
  const moderated = moderatedInputs(input);
  if (moderated === undefined) {
    return badRequest(
      context,
      "Invalid value for 'input': expected a text, a list of texts or a list of parts.",
      'input',
    );
  }
  const omni = !model.startsWith('text-moderation');
  if (!omni && Array.isArray(input) && isParts(input)) {
    return badRequest(context, `The model '${model}' does not support multi-modal input.`, 'input');
  }
  return answerJson(context, {
    id: `modr-${context.random.hex(32)}`,
    model: omni ? model : 'text-moderation-007',
    results: moderated.map((one) => resultOf(one, omni)),
  });
}

export const moderations: Operation = { id: 'moderations', method: 'POST', path: '/v1/moderations', handle: create };
