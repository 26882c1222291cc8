import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

export const SECRETS = '/v1/realtime/client_secrets';
export const CALLS = '/v1/realtime/calls';

/** Remembers what a client's key opens. */
export function mint(secret: string, session: Body, expiresAt: number, context: DialectContext): void {
  context.objects.put(SECRETS, { id: secret, body: {}, hidden: { session, expiresAt } });
}

/** The session that a client's key was minted for; `expired` when it opens no more sessions, undefined when it was not minted here. */
export function mintedSession(key: string, context: DialectContext): Body | 'expired' | undefined {
  const hidden = context.objects.get(SECRETS, key)?.hidden;
  if (hidden === undefined) return undefined;
  const { session, expiresAt } = hidden;
  if (typeof expiresAt === 'number' && context.now() / 1000 >= expiresAt) return 'expired';
  return isBody(session) ? session : {};
}

/** The session of a call that was made here. */
export function knownCall(id: string, context: DialectContext): Body | undefined {
  const session = context.objects.get(CALLS, id)?.hidden['session'];
  return isBody(session) ? session : undefined;
}
