import type { BadRequest } from '../../mocks/strictness/catalogue/index.ts';
import { BAD_REQUESTS } from '../../mocks/strictness/catalogue/index.ts';
import { CHAT_FIELDS } from './chat-fields.ts';
import type { Fields, Treatment } from './field.ts';
import { GENERATED } from './page.ts';
import { RESPONSE_FIELDS } from './response-fields.ts';

export const FIELD_TABLES: Readonly<Record<string, Fields>> = {
  'POST /v1/chat/completions': CHAT_FIELDS,
  'POST /v1/responses': RESPONSE_FIELDS,
};

function concerns(field: string): (entry: BadRequest) => boolean {
  return ({ expect: { param } }) =>
    param !== null && (param === field || param.startsWith(`${field}.`) || param.startsWith(`${field}[`));
}

/** `spec 2, openai 3`: how many bad values of a field are refused from which level on. */
function refusals(operation: string, field: string): string {
  const found = BAD_REQUESTS.filter((entry) => entry.operation === operation).filter(concerns(field));
  const levels = ['off', 'spec', 'openai'] as const;
  const counted = levels.map((level) => [level, found.filter((entry) => entry.level === level).length] as const);
  return counted
    .filter(([, count]) => count > 0)
    .map(([level, count]) => `${level} ${count}`)
    .join(', ');
}

function table(operation: string, fields: Fields): string[] {
  const rows = Object.entries(fields).map(
    ([name, { treatment, what, proof }]) =>
      `| \`${name}\` | ${treatment} | ${what} | ${refusals(operation, name)} | ${proof.title.replaceAll('|', '\\|')} (\`${proof.file}\`) |`,
  );
  return [
    `## \`${operation}\``,
    '',
    '| field | | what happens | bad values refused at | shown by |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ];
}

/** How many fields of an operation are treated in which way. */
export function fieldCounts(operation: string): Readonly<Record<Treatment, number>> {
  const treatments = Object.values(FIELD_TABLES[operation] ?? {}).map(({ treatment }) => treatment);
  const count = (wanted: Treatment): number => treatments.filter((treatment) => treatment === wanted).length;
  return { honoured: count('honoured'), echoed: count('echoed'), accepted: count('accepted') };
}

/** The page about request fields. */
export function fieldPage(): string {
  return [
    '# Request fields of the mock, one by one',
    '',
    GENERATED,
    '',
    '*Honoured*: the answer differs by it as the provider’s does. *Echoed*: it comes back where the provider shows it. *Accepted*: let in, without',
    'effect. Bad values are requests of the catalogue of [refusals](refusals.md), by the least strictness that refuses them; any other field is',
    'refused at `openai` as unknown.',
    '',
    ...Object.entries(FIELD_TABLES).flatMap(([operation, fields]) => table(operation, fields)),
  ].join('\n');
}
