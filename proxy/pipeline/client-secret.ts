import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { readSubprotocols } from '../generation/own-headers.ts';

/** How the provider's short-lived secrets begin: they are given to a client for one session of its own. */
const PREFIX = 'ek_';
const NAME = 'client-secret:';

/** The secret that the client brings, in `Authorization` or as a subprotocol. */
export function clientSecret(headers: IncomingHttpHeaders): string | undefined {
  const [, bearer] = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '') ?? [];
  const { credential } = readSubprotocols(headers['sec-websocket-protocol']);
  return [bearer, credential].find((key) => key?.startsWith(PREFIX));
}

/** The name under which a secret's endpoint is remembered: the secret itself is not kept. */
export function secretName(secret: string): string {
  return `${NAME}${hash('sha256', secret, 'hex')}`;
}

export function isSecretName(name: string): boolean {
  return name.startsWith(NAME);
}
