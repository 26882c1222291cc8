import { PROTOCOLS } from '../protocols/table.ts';
import type { OperationId, Protocol } from '../protocols/types.ts';
import { endpointSpeaks } from '../providers/table.ts';
import type { Endpoint } from '../routing/types.ts';
import type { GenerationRequest } from './request.ts';
import type { Family } from '../translate/conversation.ts';

/** Operations whose requests and answers can be translated into one another, nearest first for each. */
const NEAREST: Readonly<Partial<Record<OperationId, readonly OperationId[]>>> = {
  'chat.completions': ['responses', 'messages', 'gemini.generate'],
  responses: ['chat.completions', 'messages', 'gemini.generate'],
  messages: ['chat.completions', 'responses', 'gemini.generate'],
  'gemini.generate': ['chat.completions', 'responses', 'messages'],
};

const FAMILIES: Readonly<Partial<Record<OperationId, Family>>> = {
  'chat.completions': 'chat',
  responses: 'responses',
  messages: 'messages',
  'gemini.generate': 'gemini',
};

/** The protocol in which an endpoint is asked: the client's own, else the nearest that can stand for it; undefined = none can. */
export function spokenProtocol(protocol: Protocol, endpoint: Endpoint): Protocol | undefined {
  if (endpointSpeaks(endpoint, protocol)) return protocol;
  return NEAREST[protocol.id]?.map((id) => PROTOCOLS[id]).find((other) => endpointSpeaks(endpoint, other));
}

/** Whether a translated stream gets its usage only when that is asked for. */
export function asksForUsage({ protocol, facts, opaque }: GenerationRequest, endpoint: Endpoint): boolean {
  if (opaque || !facts.stream || endpointSpeaks(endpoint, protocol)) return false;
  return spokenProtocol(protocol, endpoint)?.injectsUsage === true;
}

/** The family that a protocol is translated as; undefined for one that is not translated. */
export function translatedFamily({ id }: Pick<Protocol, 'id'>): Family | undefined {
  return FAMILIES[id];
}

/** Whether an endpoint has Responses and keeps them: then later requests may name them there. */
export function keepsResponses(endpoint: Endpoint): boolean {
  return endpoint.responses === undefined && endpointSpeaks(endpoint, PROTOCOLS.responses);
}
