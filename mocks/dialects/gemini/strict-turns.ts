import { asText, objectsIn } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { partsIn } from './checks.ts';
import type { GoogleError } from './errors.ts';
import { googleError } from './errors.ts';
import type { GeminiModel } from './models.ts';

const COUNTS = googleError(
  400,
  'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
);
const MISPLACED = googleError(
  400,
  'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
);
const ROLE = googleError(400, 'Please use a valid role: user, model.');

const ROLES = new Set(['user', 'model', 'function']);

function callsOf(content: Body | undefined): readonly Body[] {
  return content === undefined
    ? []
    : partsIn(content)
        .map(({ functionCall }) => functionCall)
        .filter(isBody);
}

function resultsOf(content: Body | undefined): readonly Body[] {
  return content === undefined
    ? []
    : partsIn(content)
        .map(({ functionResponse }) => functionResponse)
        .filter(isBody);
}

function refusedRole({ role }: Body): GoogleError | undefined {
  return role === undefined || role === '' || ROLES.has(asText(role)) ? undefined : ROLE;
}

/** Neighbours of one role are one turn: clients that stream keep each chunk as a content. */
function merged(contents: readonly Body[]): readonly Body[] {
  const turns: Body[] = [];
  for (const content of contents) {
    const before = turns.at(-1);
    const same = before !== undefined && (before['role'] === 'model') === (content['role'] === 'model');
    if (same) turns[turns.length - 1] = { ...before, parts: [...partsIn(before), ...partsIn(content)] };
    else turns.push(content);
  }
  return turns;
}

/** What calls one another in the conversation: a turn of calls follows the user, and one turn answers all of them. */
export function refusedTurns(request: Body): GoogleError | undefined {
  const contents = objectsIn(request['contents']);
  const wrong = contents.map(refusedRole).find((found) => found !== undefined);
  if (wrong) return wrong;
  const turns = merged(contents);
  for (const [at, turn] of turns.entries()) {
    const calls = turn['role'] === 'model' ? callsOf(turn).length : 0;
    if (calls > 0 && at === 0) return MISPLACED;
    const next = turns[at + 1];
    if (calls > 0 && next !== undefined && resultsOf(next).length !== calls) return COUNTS;
    if (calls === 0 && turn['role'] === 'model' && resultsOf(next).length > 0) return COUNTS;
  }
  return resultsOf(turns[0]).length > 0 ? COUNTS : undefined;
}

/** Of models from 3 on: each step of the present turn has the signature of its first call. */
export function refusedUnsigned(request: Body, model: GeminiModel): GoogleError | undefined {
  if (model.generation !== 'g3') return undefined;
  const contents = objectsIn(request['contents']);
  const asked = contents.findLastIndex((content) => content['role'] !== 'model' && resultsOf(content).length === 0);
  for (const [at, content] of contents.entries()) {
    if (at <= asked || content['role'] !== 'model') continue;
    const first = partsIn(content).find(({ functionCall }) => isBody(functionCall));
    if (first === undefined || asText(first['thoughtSignature']) !== '') continue;
    if (callsOf(contents[at - 1]).length > 0) continue;
    const name = isBody(first['functionCall']) ? asText(first['functionCall']['name']) : '';
    return googleError(
      400,
      'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. ' +
        `Additional data, function call \`default_api:${name}\` , position ${at + 1}. ` +
        'Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.',
    );
  }
  return undefined;
}
