import type { JsonObject } from '../../core/json.ts';
import { showWithoutObfuscation } from './completion-show.ts';
import { errorBody } from './error-body.ts';
import { responseError } from './error-event.ts';
import { fillOwnFields, findOwnFields } from './own-fields.ts';
import {
  commonFacts,
  encryptedItemIds,
  missing,
  optionalBoolean,
  requireTextOrArray,
  stringMember,
} from './request-body.ts';
import { finalResponse, synthesiseResponse } from './responses-convert.ts';
import { readResponseEvent } from './responses-event.ts';
import { EventJudge, judgeResponse, judgeResponseStream } from './responses-judge.ts';
import { responseText } from './output-text.ts';
import type { Protocol, RequestFacts } from '../types.ts';

export const responses = {
  id: 'responses',
  family: 'openai',
  path: '/responses',
  routes: [
    { method: 'POST', path: '/responses', operation: 'responses' },
    { method: 'GET', path: '/responses/{id}', operation: 'responses.retrieve' },
    { method: 'DELETE', path: '/responses/{id}', operation: 'responses.delete' },
    { method: 'POST', path: '/responses/{id}/cancel', operation: 'responses.cancel' },
    { method: 'GET', path: '/responses/{id}/input_items', operation: 'responses.input_items' },
  ],
  streams: true,
  injectsUsage: false,
  storesResponses: true,
  facts: responseFacts,
  readEvent: readResponseEvent,
  outputText: responseText,
  judgeBody: judgeResponse,
  judgeStream: judgeResponseStream,
  streamJudge: () => new EventJudge(),
  streamToBody: finalResponse,
  bodyToStream: synthesiseResponse,
  show: showWithoutObfuscation,
  findOwnFields,
  fillOwnFields,
  errorEvent: responseError,
  errorBody,
} as const satisfies Protocol;

/** Any of them can stand in for `input`. */
const CONTEXT = ['previous_response_id', 'conversation', 'prompt'];

function responseFacts(body: JsonObject): RequestFacts {
  const facts = commonFacts(body, true);
  const input = body['input'] ?? null;
  if (input !== null) requireTextOrArray('input', input);
  else if (CONTEXT.every((name) => (body[name] ?? null) === null)) throw missing('input');
  const background = optionalBoolean(body, 'background', false);
  return {
    ...facts,
    ...(background ? { background: true as const } : {}),
    stateful: background || (body['conversation'] ?? null) !== null,
    ...stringMember('previousResponseId', body['previous_response_id']),
    encryptedItems: encryptedItemIds(input),
  };
}
