import type { JsonObject } from '../../core/json.ts';
import { MOCK_ROUTES } from '../dashboard/mock-relay.ts';
import { GUARDED } from './control-operations.ts';
import { answer, arrayOf, named, object, pathParameter, queryParameter, text } from './parts.ts';
import type { Described, Operations } from './parts.ts';

const mock = named(
  'MockPlace',
  object({
    name: text({ description: 'Of a bundled mock its name, of a connected one its host, with `~NAME` of a tenant.' }),
    bundled: { type: 'boolean' },
    address: text(),
    endpoints: arrayOf(text({ description: 'MODEL/NAME.' })),
  }),
);
/** The control API of the mock describes them; any JSON here. */
const anything: JsonObject = named('MockAnswer', { type: 'object', additionalProperties: true });

function relayed(route: string, { summary, query = [] }: (typeof MOCK_ROUTES)[string]): Described {
  const [method = '', name = ''] = route.split(' ');
  const takesBody = method !== 'GET' && method !== 'DELETE' && name !== 'reset';
  return {
    id: `${method.toLowerCase()}Mock${name[0]?.toUpperCase()}${name.slice(1)}`,
    summary,
    tag: 'mocks',
    description: `\`${method} /__mock/${name}\` of the mock; its own \`/__mock/openapi.json\` says what goes in and out.`,
    parameters: [
      pathParameter('mock', 'Name of the mock.'),
      ...query.map((one) => queryParameter(one, 'As at the mock.', text())),
    ],
    ...(takesBody ? { body: { schema: { type: 'object' }, isRequired: true } } : {}),
    answers: {
      '200': answer('What the mock says.', anything),
      '400': answer('The mock cannot use the request.', anything),
      ...GUARDED,
    },
  };
}

export const MOCK_OPERATIONS: Operations = {
  'GET /api/admin/mocks': {
    id: 'getMocks',
    summary: 'The mocks that the configuration names',
    tag: 'mocks',
    answers: { '200': answer('The mocks.', object({ mocks: arrayOf(mock) })), ...GUARDED },
  },
  'GET /api/admin/mocks/{mock}/events': {
    id: 'getMockEvents',
    summary: 'What a mock says of itself, as events: all of it, then what has changed',
    tag: 'mocks',
    description:
      'Each event is an object with those of `journal` (the last 100 entries), `answers`, `faults`, `clock`, `limits` and `script` that have changed, as the routes of these names say them, and `fault`: why the mock cannot be asked.',
    parameters: [pathParameter('mock', 'Name of the mock.')],
    answers: { '200': answer('Server-sent events.', text(), 'text/event-stream'), ...GUARDED },
  },
  ...Object.fromEntries(
    Object.entries(MOCK_ROUTES).map(([route, described]) => {
      const [method = '', name = ''] = route.split(' ');
      return [`${method} /api/admin/mocks/{mock}/${name}`, relayed(route, described)];
    }),
  ),
};
