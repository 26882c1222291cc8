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
  /** The operations of OpenAI that it has; absent = all. */
  readonly protocols?: readonly OperationId[];
  /** Its streams carry usage without being asked for it. */
  readonly usageUnasked?: true;
}

const CHAT: readonly OperationId[] = ['chat.completions'];

/** What the servers that have a name of their own do differently. */
const SERVERS = {
  mistral: { protocols: [...CHAT, 'embeddings'], usageUnasked: true },
  deepseek: { protocols: [...CHAT, 'completions'] },
  groq: { protocols: [...CHAT, 'responses'] },
  xai: { protocols: [...CHAT, 'completions', 'responses'] },
  openrouter: {},
  together: { protocols: [...CHAT, 'completions', 'embeddings'] },
  fireworks: { usageUnasked: true },
  perplexity: { protocols: CHAT, usageUnasked: true },
  cerebras: { protocols: [...CHAT, 'completions'] },
  databricks: { protocols: [...CHAT, 'completions', 'embeddings'] },
  ollama: {},
  vllm: {},
  'llama.cpp': { protocols: [...CHAT, 'completions', 'embeddings'] },
  lmstudio: {},
} as const satisfies Readonly<Partial<Record<ProviderId, Server>>>;

type ServerName = keyof typeof SERVERS;

/** One provider for each of these servers. */
export const compatibleServers = Object.fromEntries(
  Object.entries<Server>(SERVERS).map(([id, quirks]) => [id, { ...compatible, ...quirks, id }]),
) as Readonly<Record<ServerName, Provider>>;
