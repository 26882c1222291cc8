import { operations } from '../../mocks/dialects/index.ts';
import type { Operation } from '../../mocks/dialects/reply.ts';
import { resourceOperations } from '../../mocks/resources/index.ts';
import type { Resource } from '../../mocks/resources/resource.ts';
import { resources } from '../../mocks/resources/table/index.ts';
import { sdkOperations, sdkVersion } from '../../tests/setup/sdk-operations.ts';
import type { Covered } from './covered.ts';
import { GENERATED } from './page.ts';

/** Where the answers of an operation are judged. */
type Judged = 'conformance run' | 'life of the resources' | 'types of the package' | 'no JSON to judge';

interface Row {
  readonly operation: Operation;
  readonly how: 'behaviour' | 'generic' | 'administrative';
  readonly judged: Judged;
}

function isAdministrative({ path }: Operation): boolean {
  return /^\/v1\/(?:organization|projects)\b/.test(path);
}

/** The table makes the rest: create, get, list with cursors, update, delete. */
function behaves(resource: Resource): boolean {
  const { make, settle, afterCreate, afterDelete, actions = [], refuse } = resource;
  return [make, settle, afterCreate, afterDelete, refuse].some((own) => own !== undefined) || actions.length > 0;
}

function resourceOf({ id }: Operation): Resource | undefined {
  return resources
    .filter(({ name }) => id.startsWith(`${name}.`))
    .toSorted((one, other) => other.name.length - one.name.length)[0];
}

function howOf(operation: Operation): Row['how'] {
  if (isAdministrative(operation)) return 'administrative';
  if (operations.includes(operation)) return 'behaviour';
  const resource = resourceOf(operation);
  return resource === undefined || behaves(resource) ? 'behaviour' : 'generic';
}

/** Every published operation that the mock answers. */
export function operationRows(covered: Covered): Row[] {
  const seen = new Set(covered.operations);
  const judgedIn = (operation: Operation): Judged => {
    if (packageAlone.has(operation)) return 'types of the package';
    if (seen.has(`${operation.method} ${operation.path}`)) return 'conformance run';
    return resourceOperations.includes(operation) ? 'life of the resources' : 'no JSON to judge';
  };
  return [...operations, ...resourceOperations]
    .filter(({ path }) => path.startsWith('/v1/'))
    .toSorted((one, other) => (one.path < other.path ? -1 : Number(one.path > other.path)))
    .map((operation) => ({ operation, how: howOf(operation), judged: judgedIn(operation) }));
}

/** Version of the specification that the counts below speak of. */
const SPECIFICATION = '2.3.0';

/** Operations of the table that the specification of that version does not have. */
const AFTER_SPECIFICATION =
  /^\/v1\/(?:agents|vaults|live|safety|decisions|webhook_\w+|organization\/(?:external_\w+|workload_\w+|usage\/decisions|projects\/\{\w+\}\/service_tier_settings))(?:\/|$)/;
const SINGLE = new Set([
  'DELETE /v1/audio/voices/{voice_id}',
  'POST /v1/evals/{eval_id}/runs/{run_id}/cancel',
  'POST /v1/organization/projects/{project_id}/api_keys/{api_key_id}',
]);

const packageAlone: ReadonlySet<Operation> = new Set(
  resourceOperations.filter(({ method, path }) => AFTER_SPECIFICATION.test(path) || SINGLE.has(`${method} ${path}`)),
);

function count(rows: readonly Row[], key: 'how' | 'judged', value: string): number {
  return rows.filter((row) => row[key] === value).length;
}

/** What docs/fidelity.md says of operations. */
export function operationCounts(
  covered: Covered,
): Readonly<Record<'all' | 'bySpecification' | 'byPackage' | 'unjudged', number>> {
  const rows = operationRows(covered);
  return {
    all: rows.length,
    bySpecification: count(rows, 'judged', 'conformance run') + count(rows, 'judged', 'life of the resources'),
    byPackage: count(rows, 'judged', 'types of the package'),
    unjudged: count(rows, 'judged', 'no JSON to judge'),
  };
}

/** The page about operations. */
export function operationPage(covered: Covered): string {
  const rows = operationRows(covered);
  const table = rows.map(
    ({ operation: { method, path }, how, judged }) => `| \`${method} ${path}\` | ${how} | ${judged} |`,
  );
  return [
    '# Operations of the mock, one by one',
    '',
    GENERATED,
    '',
    `Counted against version ${SPECIFICATION} of the published specification and version ${sdkVersion()} of the official package \`openai\`,`,
    `which has ${sdkOperations().length} operations. The mock has ${rows.length}: every one of both (a path with \`?beta=true\` is the operation without it),`,
    `${packageAlone.size} of them known to the package alone.`,
    '',
    `${count(rows, 'how', 'behaviour')} have behaviour of their own, ${count(rows, 'how', 'generic')} are generic (create, get, list with cursors,`,
    `update, delete), ${count(rows, 'how', 'administrative')} administrative from the same table.`,
    '`tests/conformance/resources-surface.test.ts` compares with the specification, both ways, and with the package.',
    'Besides, `GET /v1/realtime` and `GET /v1/responses` take WebSockets ([sockets](../mock/sockets.md)).',
    '',
    'Judged: *conformance run*: a successful answer over HTTP was judged by the specification. *Life of the resources*:',
    'a successful answer is judged in `mocks/resources/spec.test.ts`. *Types of the package*: the specification does not have it;',
    'a successful answer is judged by the official types in `mocks/resources/package.test.ts`. *No JSON to judge*: calls',
    'answer with SDP or nothing; `tests/conformance/realtime.test.ts` has them.',
    '',
    '| operation | answered | judged |',
    '|---|---|---|',
    ...table,
    '',
  ].join('\n');
}
