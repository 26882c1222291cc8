import { FAULT_CATALOGUE } from '../mocks/rules/faults/catalogue.ts';
import { BAD_REQUESTS } from '../mocks/strictness/catalogue/index.ts';
import type { Covered } from './fidelity/covered.ts';
import { readCovered } from './fidelity/covered.ts';
import { eventPage, publishedEvents } from './fidelity/event-table.ts';
import { fieldCounts, fieldPage } from './fidelity/field-tables.ts';
import { operationCounts, operationPage } from './fidelity/operation-tables.ts';
import { GENERATED } from './fidelity/page.ts';
import { refusalPage } from './fidelity/refusal-tables.ts';

const HEAD = `# How faithful the mock is

${GENERATED}

For deciding whether the mock is close enough to the provider for what you test: the counts, who judges them, and the table behind each.
To count for yourself:

\`\`\`bash
npx vitest run --project conformance
\`\`\`

The last line of the run says how many answers and events the published specification has judged.
`;

const FOOT = `
## How it is judged

- Every JSON answer and every event that the conformance and system tests make the mock emit is written down, and judged by the published
  specification when the run ends (where it is at hand). A single misfit makes the run red.
- What a conformance run emits is listed in \`tests/conformance/covered.json\`; a whole run fails when the list is not true.
- What the specification does not have is judged by the types of the official package.
- The official SDKs are the clients: what they cannot read fails a test.

## What the counts do not say

- The answers are not those of a model. What they are is described in [answers](mock/answers.md); what they cost, in [tokens](mock/tokens.md), with
  what is exact and what is in a range.
- *Accepted* fields change nothing here, and may at the provider: \`temperature\`, \`seed\`.
- By default nothing but what any provider refuses is refused. \`strictness: 'openai'\` refuses what OpenAI does ([strictness](mock/strictness.md)).
- The counts are of OpenAI's API. [Anthropic](mock/anthropic.md), [Gemini](mock/gemini.md) and [Azure](mock/azure.md) have pages of their own.
`;

function fieldsRow(operation: string): string {
  const { honoured, echoed, accepted } = fieldCounts(operation);
  const all = honoured + echoed + accepted;
  const how = `honoured ${honoured}, echoed ${echoed}, accepted without effect ${accepted}`;
  return `| fields of \`${operation}\` | ${all}: ${how} | each field names the test that shows it | [fields](fidelity/fields.md) |`;
}

function countsTable(covered: Covered): string {
  const { all, bySpecification, byPackage, unjudged } = operationCounts(covered);
  return [
    '| what | count | judged by | table |',
    '|---|---|---|---|',
    `| operations that answer | ${all}, every one of the published API | both ways against specification and package | [operations](fidelity/operations.md) |`,
    `| operations whose answers are judged | ${bySpecification} by the specification, ${byPackage} by the types of the package; ${unjudged} have no JSON | each answer of a run | [operations](fidelity/operations.md) |`,
    ...['POST /v1/chat/completions', 'POST /v1/responses'].map(fieldsRow),
    `| types of events of Responses streams | ${publishedEvents(covered).length} of 58 | the schema of each event | [stream events](fidelity/events.md) |`,
    `| bad requests that are refused | ${BAD_REQUESTS.length} | status, \`type\`, \`code\`, \`param\` and message | [refusals](fidelity/refusals.md) |`,
    `| faults | ${FAULT_CATALOGUE.length} | a naive client fails at each | [faults](mock/faults.md) |`,
  ].join('\n');
}

/** The texts of docs/fidelity.md and of the tables behind it, by their paths below docs/. */
export function renderFidelityDocs(): Readonly<Record<string, string>> {
  const covered = readCovered();
  return {
    'fidelity.md': `${HEAD}\n${countsTable(covered)}\n${FOOT}`,
    'fidelity/operations.md': operationPage(covered),
    'fidelity/fields.md': fieldPage(),
    'fidelity/events.md': eventPage(covered),
    'fidelity/refusals.md': refusalPage(),
  };
}
