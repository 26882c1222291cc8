import type { JsonObject } from '../../core/json.ts';
import type { BudgetUnit } from '../../governance/amounts.ts';
import { bodySchema } from '../../governance/entity-members.ts';
import { membersSchema, orNull } from '../../governance/rules.ts';
import { AUDIT_LIMIT, AUDIT_NAMES } from '../governance/audit-router.ts';
import { COUNT_PARAMETER } from '../governance/query.ts';
import { ROTATION, USAGE_RESET } from '../governance/request-members.ts';
import { RESOURCES, type Resource } from '../governance/resources.ts';
import { bodyTitle, entitySchema } from './entity-schemas.ts';
import { answer, arrayOf, mapTo, named, object, pathParameter, queryParameter, text, time, whole } from './parts.ts';
import type { Operations } from './parts.ts';

const BASE = '/api/governance';

const fault = named('GovernanceError', object({ error: text({ description: 'One sentence.' }) }));

/** Errors of all routes of governance. */
export const REFUSED = {
  '401': answer('The admin token is missing or wrong.', mapTo({})),
  '503': answer('The database cannot be reached.', fault),
  default: answer('Any other error.', fault),
};
const WRONG = { '400': answer('The request is wrong; the sentence says where.', fault) };
const UNKNOWN = { '404': answer('There is no entity with this id.', fault) };
const LARGE = { '413': answer('The body exceeds 4 MiB.', fault) };

const message = text({ description: 'What was done.' });
const done = answer('Done.', object({ message }));

/** All routes below `/api/governance` but the usage report. */
export function governanceOperations(unit: BudgetUnit): Operations {
  return {
    ...Object.assign({}, ...RESOURCES.map((resource) => resourceOperations(resource, unit))),
    [`POST ${BASE}/virtual-keys/{id}/rotate`]: {
      id: 'rotateVirtualKey',
      summary: 'Give a virtual key a new value',
      description: 'Id, limits and usage stay. The old value works until the grace is over.',
      tag: 'virtual keys',
      parameters: [pathParameter('id', 'Id of the key.')],
      body: { schema: named('Rotation', membersSchema(ROTATION, true)), isRequired: false },
      answers: {
        '200': answer(
          'The key with its new value.',
          object({ message, virtual_key: entitySchema('virtual_key', unit) }),
        ),
        ...WRONG,
        ...UNKNOWN,
        ...LARGE,
        ...REFUSED,
      },
    },
    ...MONITORING,
  };
}

function resourceOperations({ kind, path, singular, plural, word, filters }: Resource, unit: BudgetUnit): Operations {
  const tag = path.slice(1).replace('-', ' ');
  const noun = word.replaceAll(/ (.)/g, (_match, letter: string) => letter.toUpperCase());
  const entity = entitySchema(kind, unit);
  const one = [pathParameter('id', `Id of the ${word.toLowerCase()}.`)];
  const body = (isNew: boolean): { schema: JsonObject; isRequired: boolean } => ({
    schema: named(bodyTitle(kind, isNew), bodySchema(kind, isNew, unit)),
    isRequired: isNew,
  });
  return {
    [`GET ${BASE}${path}`]: {
      id: `list${noun}s`,
      summary: `List ${tag}`,
      description: 'All of them, unless there is a `limit`.',
      tag,
      parameters: [
        queryParameter('limit', 'How many.', COUNT_PARAMETER),
        queryParameter('offset', 'How many to skip.', COUNT_PARAMETER),
        queryParameter('search', 'A part of the name; case does not count.', text()),
        ...filters.map((name) =>
          queryParameter(name, `Only those of this ${name.replace('_id', '')}; an unknown one has none.`, text()),
        ),
      ],
      answers: {
        '200': answer('The list, and how many there are in all.', object({ [plural]: arrayOf(entity), count: whole })),
        ...WRONG,
        ...REFUSED,
      },
    },
    [`POST ${BASE}${path}`]: {
      id: `create${noun}`,
      summary: `Create a ${word.toLowerCase()}`,
      tag,
      body: body(true),
      answers: {
        '201': answer('What was created.', object({ message, [singular]: entity })),
        ...WRONG,
        ...LARGE,
        ...REFUSED,
      },
    },
    [`GET ${BASE}${path}/{id}`]: {
      id: `get${noun}`,
      summary: `Read a ${word.toLowerCase()}`,
      tag,
      parameters: one,
      answers: { '200': answer(`The ${word.toLowerCase()}.`, object({ [singular]: entity })), ...UNKNOWN, ...REFUSED },
    },
    [`PUT ${BASE}${path}/{id}`]: {
      id: `update${noun}`,
      summary: `Change a ${word.toLowerCase()}`,
      description:
        'What is absent stays, null clears. A budget or a rate limit is merged with what there is; where there is none, it is created and has to be whole.',
      tag,
      parameters: one,
      body: body(false),
      answers: {
        '200': answer('What it is now.', object({ message, [singular]: entity })),
        ...WRONG,
        ...UNKNOWN,
        ...LARGE,
        ...REFUSED,
      },
    },
    [`DELETE ${BASE}${path}/{id}`]: {
      id: `delete${noun}`,
      summary: `Delete a ${word.toLowerCase()}`,
      tag,
      parameters: one,
      answers: { '200': done, ...UNKNOWN, ...REFUSED },
    },
  };
}

const usageStats = named(
  'UsageStats',
  object(
    {
      virtual_key_id: text(),
      provider: text(),
      model: text(),
      tokens_current_usage: whole,
      requests_current_usage: whole,
      tokens_last_reset: time,
      requests_last_reset: time,
    },
    ['provider', 'model'],
  ),
);
const check = object({ status: { type: 'string', enum: ['healthy', 'unhealthy'] }, error: text() }, ['error']);
const governanceHealth = named(
  'GovernanceHealth',
  object({
    status: { type: 'string', enum: ['healthy', 'unhealthy'] },
    timestamp: time,
    checks: object({ database: check, counters: check }),
  }),
);
const COUNTED = [
  'virtual_keys_count',
  'teams_count',
  'customers_count',
  'users_count',
  'budgets_count',
  'rate_limits_count',
  'audit_logs_count',
  'usage_tracking_count',
];

const auditLog = named(
  'AuditLog',
  object({
    id: text(),
    at: time,
    actor: text({ description: 'Who has made the change.' }),
    action: text(),
    entity: { type: 'string', enum: [...AUDIT_NAMES] },
    entity_id: text(),
    changes: arrayOf(text({ description: 'Name of a member that was set, changed or cleared.' })),
  }),
);

const MONITORING: Operations = {
  [`GET ${BASE}/audit`]: {
    id: 'listAuditLogs',
    summary: 'Who has changed what',
    description: 'The newest first, without the values.',
    tag: 'monitoring',
    parameters: [
      queryParameter('entity', 'Only changes of such.', { type: 'string', enum: [...AUDIT_NAMES] }),
      queryParameter('entity_id', 'Only changes of this one.', text()),
      queryParameter('user_id', 'Only changes of the credentials of this user.', text()),
      queryParameter('limit', 'How many.', AUDIT_LIMIT),
      queryParameter('offset', 'How many to skip.', COUNT_PARAMETER),
    ],
    answers: {
      '200': answer(
        'The changes, and how many there are in all.',
        object({ audit_logs: arrayOf(auditLog), count: whole }),
      ),
      ...WRONG,
      ...REFUSED,
    },
  },
  [`GET ${BASE}/usage-stats`]: {
    id: 'getUsageStats',
    summary: 'What keys have used in the windows that are open',
    tag: 'monitoring',
    parameters: [queryParameter('virtual_key_id', 'Only this key.', text())],
    answers: {
      '200': answer(
        'The counters.',
        object({ virtual_key_id: text(), usage_stats: arrayOf(usageStats) }, ['virtual_key_id']),
      ),
      ...WRONG,
      ...UNKNOWN,
      ...REFUSED,
    },
  },
  [`POST ${BASE}/usage-reset`]: {
    id: 'resetUsage',
    summary: 'Set the usage of a key to zero',
    description: 'Without a provider and a model everything of the key itself, and no level above it.',
    tag: 'monitoring',
    body: { schema: named('UsageReset', membersSchema(USAGE_RESET, true)), isRequired: true },
    answers: { '200': done, ...WRONG, ...UNKNOWN, ...LARGE, ...REFUSED },
  },
  [`GET ${BASE}/debug/stats`]: {
    id: 'getGovernanceStats',
    summary: 'How many entities and counters there are',
    tag: 'monitoring',
    answers: {
      '200': answer(
        'The numbers.',
        object({
          plugin_stats: { type: 'object', description: 'What the gates have counted.' },
          database_stats: object(Object.fromEntries(COUNTED.map((name) => [name, whole]))),
          timestamp: time,
        }),
      ),
      ...REFUSED,
    },
  },
  [`GET ${BASE}/debug/counters`]: {
    id: 'getGovernanceCounters',
    summary: 'All counters, for diagnosis',
    tag: 'monitoring',
    answers: {
      '200': answer('The counters.', object({ counters: arrayOf({ type: 'object' }), count: whole, timestamp: time })),
      ...REFUSED,
    },
  },
  [`GET ${BASE}/debug/health`]: {
    id: 'getGovernanceHealth',
    summary: 'Whether database and counters work',
    tag: 'monitoring',
    answers: {
      '200': answer('Both do.', governanceHealth),
      ...REFUSED,
      '503': answer('One of them does not.', governanceHealth),
    },
  },
};

/** A column of the usage report that may be empty. */
export const textOrNull: JsonObject = orNull(text());
export { BASE, WRONG };
