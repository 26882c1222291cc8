import { providerAt, type CredentialOf, systemCredential } from '../auto/candidates.ts';
import { type Choosing, choiceOf, preferred } from './credential-choice.ts';
import type { GovernedTools } from './tools.ts';

/** Whose key each model that `auto` could pick would be asked with. Throws ProxyError, as `choiceOf` does. */
export function credentialsOf(asked: Choosing, { credentials }: Pick<GovernedTools, 'credentials'>): CredentialOf {
  if (credentials === undefined) return systemCredential;
  const choice = choiceOf(asked, credentials);
  if (choice.kind === 'system') return systemCredential;
  const all = choice.kind === 'named' ? [choice.entry] : choice.entries;
  return (model, name) => {
    const entries = preferred(all, name);
    const isTaken = model.router.endpoints.some(
      (endpoint) => endpoint.takesOwnKeys === true && entries.has(providerAt(endpoint, name)),
    );
    if (isTaken) return 'own';
    return choice.kind === 'named' ? 'none' : systemCredential(model, name);
  };
}
