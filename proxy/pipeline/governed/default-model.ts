import { ProxyError } from '../../core/errors.ts';
import type { RequestContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';
import { choiceOf } from './credential-choice.ts';
import type { CredentialTools, DefaultModel } from './own-keys.ts';
import type { GovernedTools } from './tools.ts';
import { DO_NOT_RETRY } from './virtual-key.ts';

/** The name of a model that stands for that of the caller's credential, unless a model is configured by that name. */
const DEFAULT_MODEL = 'default';

/** The model that the name stands for. Throws ProxyError for `default` where nothing is configured for it. */
export function modelNamed(
  context: RequestContext,
  asked: string,
  { model }: Pick<Runtime, 'model'>,
  { credentials }: GovernedTools,
): string {
  if (asked !== DEFAULT_MODEL || credentials === undefined || model(asked)?.name === asked) return asked;
  return defaultModelOf(context, credentials, (name) => model(name) !== undefined);
}

/**
 * The model that `default` stands for: that of the credential which the request chooses, else what its provider's default is, else
 * that of the provider that the configuration names. `isServed` tells whether a name can be asked for. Throws ProxyError
 * `no_llm_provider`, and what `choiceOf` throws.
 */
function defaultModelOf(
  context: RequestContext,
  credentials: CredentialTools,
  isServed: (name: string) => boolean,
): string {
  const choice = choiceOf(context, credentials);
  const entry = choice.kind === 'automatic' ? choice.entries[0] : choice.kind === 'named' ? choice.entry : undefined;
  if (typeof entry?.modelName === 'string') return entry.modelName;
  const found = [entry && credentials.defaultModel(entry.provider), credentials.defaultModel(undefined)].find(
    (one): one is DefaultModel => one !== undefined && (one.configured || isServed(one.name)),
  );
  if (found) return found.name;
  throw new ProxyError(
    'no_llm_provider',
    'No model is configured for `default`: neither a stored credential nor the provider of credentials.system_default has one.',
    { param: 'model', headers: DO_NOT_RETRY },
  );
}
