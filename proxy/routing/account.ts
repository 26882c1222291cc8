import type { Endpoint } from './types.ts';

/** Endpoints of one account hold the same responses, conversations and files. Contains the credential: not to be shown. */
export function accountOf({ origin, basePath, credential }: Endpoint): string {
  return JSON.stringify([origin, basePath, credential.kind, credential.kind === 'key' ? credential.value : null]);
}
