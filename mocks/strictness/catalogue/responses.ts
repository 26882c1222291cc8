import { badRequests } from './entry.ts';
import { responsesItems } from './responses-items.ts';
import { responsesMeaning } from './responses-meaning.ts';
import { responsesParameters } from './responses-parameters.ts';
import { responsesTools } from './responses-tools.ts';

export const responsesCatalogue = badRequests(
  'responses',
  'POST /v1/responses',
  { model: 'gpt-4o-mini', input: 'Hi' },
  [
    {
      id: 'previous-unknown',
      level: 'off',
      with: { previous_response_id: 'resp_unknown' },
      param: 'previous_response_id',
      code: 'previous_response_not_found',
      message: "Previous response with id 'resp_unknown' not found.",
    },
    {
      id: 'context-too-long',
      level: 'off',
      with: { model: 'gpt-4', input: 'word '.repeat(9000) },
      param: 'input',
      code: 'context_length_exceeded',
      message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
    },
    ...responsesParameters,
    ...responsesItems,
    ...responsesTools,
    ...responsesMeaning.map((row) => ({ ...row, level: 'openai' as const })),
  ],
);
