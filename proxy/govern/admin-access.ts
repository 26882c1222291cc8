import { resolve } from 'node:path';
import type { AuthConfig } from '../config/config.ts';
import type { Secret } from '../core/secret.ts';
import type { DatabaseAddress } from '../database/address.ts';
import type { ProxyLogger } from '../telemetry/logger.ts';
import { adminTokenFile } from './admin-token.ts';

export interface AdminTokenOptions {
  readonly address: DatabaseAddress;
  readonly logger: Pick<ProxyLogger, 'info'>;
  /** Hears of the token before anything can log it. */
  secret(secret: Secret): void;
}

/** The token of administration that is made, once, where the configuration names none. */
export class AdminToken {
  readonly #options: AdminTokenOptions;
  #token: Secret | undefined;

  constructor(options: AdminTokenOptions) {
    this.#options = options;
  }

  /** Throws DatabaseFault where there is no place for a token that has to be made. */
  ensure(auth: AuthConfig): void {
    if (auth.admin !== 'token' || auth.adminToken !== undefined || this.#token !== undefined) return;
    const { address, logger } = this.#options;
    const { token, path } = adminTokenFile(address);
    this.#token = token;
    this.#options.secret(token);
    logger.info({ component: 'governance', path: resolve(path) }, 'the admin token stands in this file');
  }

  /** The settings of administration with it; `isToken`: a token is needed whatever they say. */
  applied(auth: AuthConfig, isToken: boolean): AuthConfig {
    const adminToken = auth.adminToken ?? this.#token;
    const admin = isToken ? 'token' : auth.admin;
    return { ...auth, admin, ...(adminToken === undefined ? {} : { adminToken }) };
  }
}
