import type { Config } from '../config/config.ts';
import type { CredentialSettings } from '../governance/provider-keys.ts';
import { credentialWord } from '../providers/credential-names.ts';
import type { ProxyLogger } from '../telemetry/logger.ts';

const COMPONENT = { component: 'governance' };

/** How the keys of a running proxy are kept; `config` is asked at each change. */
export function credentialSettings(logger: ProxyLogger, config: () => Pick<Config, 'credentials'>): CredentialSettings {
  return {
    unique: () => config().credentials.unique,
    word: credentialWord,
    onUnreadable: ({ id }) => {
      const message = 'a stored key cannot be decrypted: it was sealed with another master key, or is damaged';
      logger.error({ ...COMPONENT, credential: id }, message);
    },
    onTrouble: (error) => {
      logger.warn({ ...COMPONENT, err: error }, 'uses of credentials could not be written; they are tried again');
    },
  };
}
