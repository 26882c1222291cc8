import { BAD_REQUESTS } from '../../strictness/catalogue/index.ts';
import type { BadRequest } from '../../strictness/catalogue/index.ts';
import type { Strictness } from '../../strictness/index.ts';
import { STRICTNESS } from '../../strictness/index.ts';
import type { Answer } from '../call.ts';
import { call, jsonOf } from '../call.ts';
import type { Check, Outcome, Subject } from '../check.ts';
import { judged, skip } from '../check.ts';
import { ERROR } from '../shape/answers.ts';
import { problemsOf } from '../shape/shape.ts';

/** Those that are about keys need a provider that knows its keys. */
function asked({ operation, authorization, body }: BadRequest): boolean {
  const model = (body as { readonly model?: unknown } | undefined)?.model;
  const ours = typeof model !== 'string' || model.startsWith('gpt-4o-mini') || model === 'text-embedding-3-small';
  return (
    ours &&
    authorization === undefined &&
    ['chat/completions', 'responses', 'embeddings'].some((path) => operation.endsWith(`/${path}`))
  );
}

const rank = (level: Strictness): number => STRICTNESS.indexOf(level);

function withModels({ body }: BadRequest, { model, embeddingModel }: Subject): unknown {
  if (typeof body !== 'object' || body === null || !('model' in body)) return body;
  if (body.model === 'gpt-4o-mini') return { ...body, model };
  return body.model === 'text-embedding-3-small' && embeddingModel !== null ? { ...body, model: embeddingModel } : body;
}

async function refusal(request: BadRequest, subject: Subject): Promise<readonly string[]> {
  const path = request.operation.replace('POST /v1', '');
  const answer = await call(subject, { path, body: request.rawBody ?? withModels(request, subject) });
  const problemOf = (problem: string): string => `${request.id}: ${problem}`;
  if (answer.status !== request.expect.status) {
    return [problemOf(`expected status ${request.expect.status}, found ${answer.status}`)];
  }
  const value = jsonOf(answer);
  const problems = problemsOf(value, ERROR);
  if (problems.length > 0) return problems.map(problemOf);
  const { error } = value as { readonly error: Readonly<Record<string, unknown>> };
  // Where the provider names no code or parameter, a gateway that says more does no harm.
  return (['type', 'code', 'param'] as const)
    .filter((field) => request.expect[field] !== null)
    .filter((field) => error[field] !== request.expect[field])
    .map((field) =>
      problemOf(`${field}: expected ${JSON.stringify(request.expect[field])}, found ${JSON.stringify(error[field])}`),
    );
}

async function badRequests(level: Strictness, subject: Subject): Promise<Outcome> {
  if (rank(level) > rank(subject.strictness)) return skip(`asked for with --strictness ${level}`);
  const chosen = BAD_REQUESTS.filter((request) => request.level === level && asked(request));
  const problems: string[] = [];
  let refused = 0;
  for (const request of chosen) {
    const found = await refusal(request, subject);
    problems.push(...found);
    if (found.length === 0) refused += 1;
  }
  const share = `${refused} of ${chosen.length} exactly as the provider`;
  const outcome = judged(problems, share);
  return outcome.verdict === 'fail' ? { verdict: 'fail', detail: `${share}; ${outcome.detail}` } : outcome;
}

function statusProblems({ status, headers, body }: Answer, wanted: readonly number[]): readonly string[] {
  if (!wanted.includes(status)) return [`expected status ${wanted.join(' or ')}, found ${status}`];
  const type = headers['content-type'] ?? 'nothing';
  return type.startsWith('application/json')
    ? problemsOf(jsonOf({ body }), ERROR)
    : [`content-type: expected application/json, found ${type}`];
}

async function unknownModel(subject: Subject): Promise<Outcome> {
  const model = `no-such-model-${subject.salt()}`;
  const answer = await call(subject, {
    path: '/chat/completions',
    body: { model, messages: [{ role: 'user', content: 'a' }] },
  });
  if (answer.status === 200) return skip('the target takes every model name');
  const named = answer.body.includes(model) ? [] : ['the message does not name the model'];
  return judged([...statusProblems(answer, [404, 400]), ...named]);
}

async function unknownPath(subject: Subject): Promise<Outcome> {
  return judged(statusProblems(await call(subject, { path: '/no-such-path', body: {} }), [404]));
}

async function notJson(subject: Subject): Promise<Outcome> {
  return judged(statusProblems(await call(subject, { path: '/chat/completions', body: '{"model": ' }), [400]));
}

async function badKey(subject: Subject): Promise<Outcome> {
  const wrong = { ...subject, key: 'sk-wrong-key-of-a-conformance-run' };
  const body = { model: subject.model, messages: [{ role: 'user', content: `a ${subject.salt()}` }] };
  const answer = await call(wrong, { path: '/chat/completions', body });
  if (answer.status === 200) return skip('the target takes every key');
  const problems = statusProblems(answer, [401, 403]);
  // An error is read by people who are not to know the key.
  return problems.length > 0 || !answer.body.includes(wrong.key)
    ? judged(problems)
    : judged(['the error repeats the whole key']);
}

const TITLES: Readonly<Record<Strictness, string>> = {
  off: 'what any provider refuses is refused with its status, type, code and parameter',
  spec: 'what the specification does not allow is refused exactly',
  openai: 'what only the real provider refuses is refused exactly',
};

export const errorChecks: readonly Check[] = [
  {
    id: 'errors/not-json',
    group: 'errors',
    claim: 'a body that is no JSON is a 400 with an error object',
    run: notJson,
  },
  {
    id: 'errors/unknown-path',
    group: 'errors',
    claim: 'an unknown path is a 404 with an error object',
    run: unknownPath,
  },
  { id: 'errors/unknown-model', group: 'errors', claim: 'an unknown model is refused by name', run: unknownModel },
  { id: 'errors/bad-key', group: 'errors', claim: 'a wrong key is refused and not repeated', run: badKey },
  ...STRICTNESS.map((level): Check => ({
    id: `errors/bad-requests-${level}`,
    group: 'errors',
    claim: TITLES[level],
    run: (subject) => badRequests(level, subject),
  })),
  {
    id: 'errors/empty-body',
    group: 'errors',
    claim: 'a request without a body is refused with an error object',
    async run(subject) {
      const answer = await call(subject, { path: '/chat/completions' });
      return answer.status === 0 ? judged(['no answer']) : judged(statusProblems(answer, [400, 411, 415, 422]));
    },
  },
];
