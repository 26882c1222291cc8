import type { JsonObject } from '../../core/json.ts';
import { PROTOCOLS } from '../../protocols/table.ts';
import type { Protocol } from '../../protocols/types.ts';
import { endpointSpeaks, providerOf } from '../../providers/table.ts';
import type { HeaderPairs, ProviderEndpoint } from '../../providers/types.ts';
import { isReasoningModel } from '../../translate/openai-models.ts';
import type { KeyTarget } from './key-target.ts';

/** What is sent to find out whether a key is good. */
export interface CheapestRequest {
  readonly protocol: Protocol;
  /** Path with query. */
  readonly path: string;
  readonly headers: HeaderPairs;
  readonly body: Buffer;
}

const TEXT = 'Hi';
/** Models that think before they answer refuse less, or answer with an error. */
const LEAST_OF_REASONING = 16;

/** The completion that costs least at the target: one short word in, one token out. */
export function cheapestRequest(target: KeyTarget, key: string, model: string): CheapestRequest {
  const protocol = protocolAt(target);
  const endpoint: ProviderEndpoint = { ...target, credential: { kind: 'key', value: key } };
  const path = protocol.routes[0]?.path ?? '';
  const facts = { model, ...(protocol.family === 'gemini' ? { stream: false } : {}) };
  const view = { protocol, path, query: '', headers: {}, facts };
  const wanted = providerOf(endpoint).request(view, endpoint);
  const body = bodyOf(protocol, target.upstreamModel ?? model);
  return { protocol, path: wanted.path, headers: wanted.headers, body: Buffer.from(JSON.stringify(body)) };
}

const OF_DIALECT = {
  openai: PROTOCOLS['chat.completions'],
  anthropic: PROTOCOLS.messages,
  gemini: PROTOCOLS['gemini.generate'],
} as const;

/** The provider's own API where the endpoint has it, else the first that it has. */
function protocolAt(target: KeyTarget): Protocol {
  const preferred = [OF_DIALECT[target.dialect], ...Object.values(OF_DIALECT), PROTOCOLS.responses];
  return preferred.find((protocol) => endpointSpeaks(target, protocol)) ?? OF_DIALECT.openai;
}

function bodyOf({ id }: Protocol, model: string): JsonObject {
  const messages = [{ role: 'user', content: TEXT }];
  if (id === 'gemini.generate') {
    return { contents: [{ role: 'user', parts: [{ text: TEXT }] }], generationConfig: { maxOutputTokens: 1 } };
  }
  if (id === 'messages') return { model, max_tokens: 1, messages };
  if (id === 'responses') return { model, input: TEXT, max_output_tokens: LEAST_OF_REASONING, store: false };
  return {
    model,
    messages,
    ...(isReasoningModel(model) ? { max_completion_tokens: LEAST_OF_REASONING } : { max_tokens: 1 }),
  };
}
