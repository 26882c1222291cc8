import type { Rule } from '../rule.ts';
import { anything, either, integer, levels, list, nullable, object, oneOf, tagged, text } from '../rule.ts';
import { responseItem } from './response-items.ts';
import { metadata } from './shared.ts';

const INPUTS_MOST = 2048;

export const embeddingBody: Rule = object(
  {
    input: either({
      text: levels(text(), text({ least: 1 })),
      list: list(anything, { least: 1, most: INPUTS_MOST }),
    }),
    model: text(),
    encoding_format: oneOf('float', 'base64'),
    dimensions: integer(1),
    user: text(),
  },
  ['input', 'model'],
  'closed',
);

const moderated = tagged('type', {
  text: object({ type: text(), text: text() }, ['text']),
  image_url: object({ type: text(), image_url: object({ url: text() }, ['url']) }, ['image_url']),
});

export const moderationBody: Rule = object(
  {
    input: either({ text: text(), list: list(either({ text: text(), object: moderated })) }),
    model: text(),
  },
  ['input'],
);

export const conversationBody: Rule = object({ metadata, items: nullable(list(responseItem, { most: 20 })) });

export const metadataBody: Rule = object({ metadata }, ['metadata']);

export const conversationItemsBody: Rule = object({ items: list(responseItem, { most: 20 }) }, ['items']);
