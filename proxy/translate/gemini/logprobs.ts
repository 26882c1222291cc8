import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/** Google's `logprobsResult` as OpenAI's list of tokens. */
export function readLogprobs(result: JsonObject): JsonObject[] {
  const chosen = objects(result['chosenCandidates']);
  const top = objects(result['topCandidates']);
  return chosen.map((token, at) => ({
    ...readToken(token),
    top_logprobs: objects(top[at]?.['candidates']).map(readToken),
  }));
}

function readToken({ token, logProbability }: JsonObject): JsonObject {
  const text = typeof token === 'string' ? token : '';
  return {
    token: text,
    logprob: typeof logProbability === 'number' ? logProbability : 0,
    bytes: [...Buffer.from(text)],
  };
}

/** OpenAI's list of tokens as Google's `logprobsResult`. */
export function writeLogprobs(tokens: readonly unknown[]): JsonObject {
  const known = tokens.filter((token) => isJsonObject(token));
  return {
    topCandidates: known.map((token) => ({ candidates: objects(token['top_logprobs']).map(writeToken) })),
    chosenCandidates: known.map(writeToken),
  };
}

function writeToken({ token, logprob }: JsonObject): JsonObject {
  return { token: token ?? '', logProbability: logprob ?? 0 };
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
