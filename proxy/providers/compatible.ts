import type { OperationId } from '../protocols/types.ts';
import { classifyEmbeddedWith, classifyWith } from './classify.ts';
import { FOREIGN_DIALECTS } from './dialects.ts';
import { openai } from './openai.ts';
import type { Provider, ProviderId } from './types.ts';

/** Servers of others that speak the API of OpenAI; their errors are worded in many ways. */
export const compatible: Provider = {
  ...openai,
  id: 'compatible',
  classify: (answer) => classifyWith(FOREIGN_DIALECTS, answer),
  classifyEmbedded: (answer) => classifyEmbeddedWith(FOREIGN_DIALECTS, answer),
};

interface Server {
  /** Whether it has the Responses API; all others of OpenAI's operations are left to its own verdict. */
  readonly responses: boolean;
  /** Its streams carry usage without being asked for it. */
  readonly usageUnasked?: true;
}

const OF_RESPONSES: readonly OperationId[] = ['responses'];

/** What the servers that have a name of their own do differently. */
const SERVERS = {
  mistral: { responses: false, usageUnasked: true },
  deepseek: { responses: false },
  groq: { responses: true },
  xai: { responses: true },
  openrouter: { responses: true },
  together: { responses: false },
  fireworks: { responses: true, usageUnasked: true },
  perplexity: { responses: false, usageUnasked: true },
  cerebras: { responses: false },
  databricks: { responses: false },
  ollama: { responses: true },
  vllm: { responses: true },
  'llama.cpp': { responses: false },
  lmstudio: { responses: true },
} as const satisfies Readonly<Partial<Record<ProviderId, Server>>>;

type ServerName = keyof typeof SERVERS;

/** One provider for each of these servers. */
export const compatibleServers = Object.fromEntries(
  Object.entries<Server>(SERVERS).map(([id, { responses, usageUnasked = false }]): [string, Provider] => {
    const protocols = compatible.protocols.filter((operation) => responses || !OF_RESPONSES.includes(operation));
    return [id, { ...compatible, id: id as ServerName, protocols, usageUnasked }];
  }),
) as Readonly<Record<ServerName, Provider>>;
