import { gatewayAddress } from '../../config/gateway-address.ts';
import { dialectOf, type GatewayConfig } from '../../config/gateway.ts';
import type { GatewayProviderEntry } from '../../governance/gateway/types.ts';
import { credentialProvider } from '../../providers/credential-names.ts';
import { canonicalProvider } from '../../core/provider-names.ts';
import { PROVIDERS } from '../../providers/table.ts';
import type { CheckSettings, KeyChecks } from '../credentials/key-checks.ts';
import type { KeyTarget } from '../credentials/key-target.ts';

export interface StoredProvider {
  readonly entry: Pick<GatewayProviderEntry, 'name' | 'displayName' | 'baseUrl' | 'models'>;
  readonly key: string;
  /** Of the key, for the ledger. */
  readonly credential: string;
  readonly requestId: string;
}

export interface TrialResult {
  readonly success: boolean;
  /** A sentence of ours; null where nothing is wrong. */
  readonly error: string | null;
}

/** Asks a stored provider for the cheapest answer there is, with its own key. Never rejects for what the provider does. */
export async function tryProvider(
  checks: Pick<KeyChecks, 'checkAt'>,
  { entry, key, credential, requestId }: StoredProvider,
  settings: CheckSettings,
  gateway: Pick<GatewayConfig, 'defaultProvider' | 'defaultModel'> | undefined,
): Promise<TrialResult> {
  const { name, displayName: display } = entry;
  const target = targetOf(entry);
  if (target === undefined) return { success: false, error: `${display} has no base_url.` };
  const model = modelOf(entry, gateway);
  if (model === undefined) return { success: false, error: `${display} lists no model that could be asked for.` };
  const check = { provider: canonicalProvider(name), key, model, credential, requestId };
  const { is_valid: success, error_message: error } = await checks.checkAt(
    { check, target, model, word: name, display },
    settings,
  );
  return { success, error };
}

function targetOf({ name, baseUrl }: StoredProvider['entry']): KeyTarget | undefined {
  const address = gatewayAddress(name, baseUrl);
  if (address === undefined) return undefined;
  const dialect = dialectOf(name);
  const provider = dialect === 'openai' && Object.hasOwn(PROVIDERS, name) ? name : dialect;
  return { id: `gateway/${name}`, provider, ...address, dialect, headers: {} };
}

/** The first that the row lists, else the gateway's default where it is this provider's, else a cheap one that is known. */
function modelOf(
  { name, models }: StoredProvider['entry'],
  gateway: Pick<GatewayConfig, 'defaultProvider' | 'defaultModel'> | undefined,
): string | undefined {
  if (models[0] !== undefined) return models[0];
  if (gateway?.defaultProvider === name) return gateway.defaultModel;
  return credentialProvider([], canonicalProvider(name))?.defaultModel;
}
