import type { JsonObject } from '../../core/json.ts';
import { CHECK_BODY } from '../dashboard/configuration-router.ts';
import { GUARDED, error } from './control-operations.ts';
import { answer, arrayOf, named, object, text } from './parts.ts';
import type { Operations } from './parts.ts';

const value: JsonObject = {
  type: ['string', 'number', 'boolean', 'null', 'array'],
  items: {},
  description: 'In the notation of the file; `***` for a credential.',
};
const path = text({ description: '`models.gpt-4o.endpoints[0].weight`.' });
const secret: JsonObject = { type: 'boolean', description: 'Whether the setting holds a credential.' };
const source = text({
  description: 'Where the value comes from: `llmproxy.yaml:12`, `${PORT} (…)`, `--port`, `default`.',
});
const kind: JsonObject = {
  type: 'string',
  enum: ['file', 'environment', 'environment-default', 'option', 'default', 'derived'],
};
const place: JsonObject = { type: ['integer', 'null'], minimum: 1 };

const configuration = object({
  name: text({ description: 'The file as it was named.' }),
  settings: arrayOf(object({ path, value, secret, kind, source })),
});
const fault = named('ConfigurationFault', object({ line: place, column: place, path: text(), message: text() }));
const difference = object(
  {
    path,
    change: { type: 'string', enum: ['added', 'removed', 'changed'] },
    secret,
    before: value,
    after: value,
    source,
  },
  ['before', 'after'],
);

/** The configuration in force, and what a text would change. */
export const CONFIGURATION_OPERATIONS: Operations = {
  'GET /api/admin/configuration': {
    id: 'getConfiguration',
    summary: 'Every setting in force, and where its value comes from',
    tag: 'dashboard',
    answers: {
      '200': answer('The settings, in the order of the reference.', configuration),
      '404': answer('The configuration has no text.', error),
      '429': answer('Too many texts wait to be read.', error),
      ...GUARDED,
    },
  },
  'POST /api/admin/configuration/check': {
    id: 'checkConfiguration',
    summary: 'Judge a text as the file of this proxy, and say what it would change',
    description:
      'Nothing is written or taken. No file that the text names is opened: warnings list them. Variables of the environment count where the file in force names them; others count as unset.',
    tag: 'dashboard',
    body: { schema: CHECK_BODY, isRequired: true },
    answers: {
      '200': answer(
        'What was found; the difference is empty where there are faults.',
        object({ faults: arrayOf(fault), warnings: arrayOf(fault), difference: arrayOf(difference) }),
      ),
      '400': answer('The body is not as it should be.', error),
      '404': answer('The configuration has no text.', error),
      '413': answer('The body exceeds 1 MiB.', error),
      '429': answer('Too many texts wait to be read.', error),
      ...GUARDED,
    },
  },
};
