import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { parseObject } from '../../wire/json-object.ts';
import type { AnswerFacts, TokenUsage } from '../types.ts';

/** Judges a body that is whole when `isAnswer` says so. */
export function judgeUnary(body: Buffer, isAnswer: (answer: JsonObject) => boolean, usage?: TokenUsage): AnswerFacts {
  const answer = parseObject(body.toString());
  if (answer === undefined) return refused('the body is not a JSON object');
  if (isJsonObject(answer['error'])) return { ...refused('the body tells of an error'), error: answer };
  if (!isAnswer(answer)) return refused('the body is not the answer that was asked for');
  return { complete: true, ended: true, encryptedItems: [], ...(usage === undefined ? {} : { usage }) };
}

function refused(reason: string): AnswerFacts {
  return { complete: false, ended: false, reason, encryptedItems: [] };
}
