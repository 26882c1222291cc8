import type { BadRequest } from '../../mocks/strictness/catalogue/index.ts';
import { BAD_REQUESTS } from '../../mocks/strictness/catalogue/index.ts';
import { GENERATED } from './page.ts';

function messageOf({ expect: { message } }: BadRequest): string {
  const text = typeof message === 'string' ? message : message.source.replaceAll(/\\(.)/g, '$1');
  return (text.length > 160 ? `${text.slice(0, 157)}…` : text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function refusalRow(key: string, entries: readonly BadRequest[]): string {
  const [operation, status, code] = key.split('\t');
  const levels = ['off', 'spec', 'openai'].filter((level) => entries.some((entry) => entry.level === level));
  const [first] = entries;
  const example = first === undefined ? '' : messageOf(first);
  return `| \`${operation}\` | ${status} | ${code} | ${entries.length} | ${levels.join(', ')} | ${example} |`;
}

/** The page about requests that are refused. */
export function refusalPage(): string {
  const groups = Map.groupBy(BAD_REQUESTS, ({ operation, expect: { status, code } }) =>
    [operation, status, code === null ? 'null' : `\`${code}\``].join('\t'),
  );
  return [
    '# Refusals of the mock, one by one',
    '',
    GENERATED,
    '',
    `${BAD_REQUESTS.length} bad requests, each with its exact status, \`type\`, \`code\`, \`param\` and message, are sent to a real server at every level of`,
    'strictness in `mocks/server/admission/strictness.test.ts`. By operation and code, with the message of the first of them:',
    '',
    '| operation | status | code | requests | refused from | message |',
    '|---|--:|---|--:|---|---|',
    ...[...groups].map(([key, entries]) => refusalRow(key, entries)),
    '',
  ].join('\n');
}
