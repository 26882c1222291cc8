/** What a started proxy says of itself; also the JSON ready line. */
export interface Ready {
  /** Address of the proxy, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly pid: number;
  readonly version: string;
  readonly models: readonly string[];
  /** Path of the configuration file, or null for the built-in configuration. */
  readonly config: string | null;
  /** Address of the dashboard, or null where it is off. */
  readonly dashboard: string | null;
}

/** The first lines a newcomer reads: where it listens, a curl and a client that work as they stand. */
export function readyText(ready: Ready): string {
  const model = ready.models.find((name) => !name.includes('embedding')) ?? ready.models[0] ?? 'gpt-4o-mini';
  return `llmproxy ${ready.version} listens on ${ready.url} (${ready.config ?? 'built-in configuration'})
Models: ${ready.models.join(', ')}
${ready.dashboard === null ? '' : `Dashboard: ${ready.dashboard}\n`}
Try it:
  curl ${ready.url}/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello from LLMProxy"}]}'

Or with the openai package:
  import OpenAI from 'openai';
  const client = new OpenAI({ baseURL: '${ready.url}/v1', apiKey: 'any' });
  console.log((await client.responses.create({ model: '${model}', input: 'Hello from LLMProxy' })).output_text);

Clients of Anthropic, Gemini and Azure (SDKs, Claude Code, Gemini CLI) take the base URL ${ready.url}

Stop with Ctrl-C.
`;
}
