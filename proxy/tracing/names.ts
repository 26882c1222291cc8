import { shortened } from '../core/shortened.ts';

/** Names of GenAI semantic conventions for the operations of the route table; others generate nothing. */
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ['chat.completions', 'chat'],
  ['responses', 'chat'],
  ['responses.socket', 'chat'],
  ['messages', 'chat'],
  ['gemini.generate', 'generate_content'],
  ['gateway.generate', 'chat'],
  ['completions', 'text_completion'],
  ['embeddings', 'embeddings'],
  ['gemini.embed', 'embeddings'],
  ['gemini.batch_embed', 'embeddings'],
]);

/** Names of GenAI semantic conventions for providers that they call otherwise. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['gemini', 'gcp.gemini'],
  ['azure', 'azure.ai.openai'],
  ['mistral', 'mistral_ai'],
  ['xai', 'x_ai'],
  ['bedrock', 'aws.bedrock'],
]);

/** `gen_ai.operation.name` of an operation; undefined where it generates nothing. */
export function operationName(operation: string): string | undefined {
  return OPERATIONS.get(operation);
}

/** `gen_ai.provider.name` of a provider; one that the conventions do not know keeps its own name. */
export function providerName(provider: string): string {
  return PROVIDERS.get(provider) ?? provider;
}

/** Longest name of a model that is shown, in characters. */
const MODEL_LENGTH = 128;

/** Name of a span: the operation, and the model where it is one that some endpoint was asked for. */
export function spanName(operation: string, model: string | undefined): string {
  const name = operationName(operation) ?? operation;
  return model === undefined ? name : `${name} ${shownModel(model)}`;
}

/** A client may write anything for a name. */
export function shownModel(model: string): string {
  return shortened(model, MODEL_LENGTH);
}
