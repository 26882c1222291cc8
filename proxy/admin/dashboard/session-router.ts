import { json, Router } from 'express';
import type { Request } from 'express';
import { ProxyError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import type { Access } from '../access.ts';
import type { DashboardDeps } from './deps.ts';
import { endedCookie, type Sessions } from './session.ts';
import { SignInRate } from './sign-in-rate.ts';

/** `/session`: who is signed in, signing in with the admin token, signing out. Open to all: it is how a browser gets in. */
export function sessionRouter(
  deps: Pick<DashboardDeps, 'clock' | 'auth' | 'version' | 'governed' | 'budgetUnit'>,
  sessions: Sessions,
  access: (request: Request) => Access | undefined,
): Router {
  const router = Router();
  const rate = new SignInRate(deps.clock);

  router.get('/session', (request, response) => {
    const { auth, version, governed, budgetUnit } = deps;
    response.json({
      signed_in: access(request) !== undefined,
      csrf: sessions.csrfOf(request) ?? null,
      needs_token: auth().admin === 'token',
      has_token: auth().adminToken !== undefined,
      version,
      governed,
      budget_unit: governed ? budgetUnit() : null,
    });
  });

  router.post('/session', json({ limit: '4kb' }), (request, response) => {
    const address = request.socket.remoteAddress ?? '';
    const seconds = rate.wait(address);
    if (seconds > 0) {
      throw new ProxyError('sign_in_limited', `Too many wrong tokens. Try again in ${seconds} s.`, {
        headers: { 'retry-after': String(seconds) },
      });
    }
    const body: unknown = request.body;
    const token = isJsonObject(body) ? body['token'] : undefined;
    if (typeof token !== 'string' || token === '') {
      throw new ProxyError('missing_required_parameter', 'Expected {"token": "…"}, the admin token.', {
        param: 'token',
      });
    }
    const issued = sessions.open(token, isEncrypted(request));
    if (issued === undefined) {
      rate.failed(address);
      throw new ProxyError('unauthorized', 'The admin token is wrong.');
    }
    response.set('set-cookie', issued.cookie).json({ csrf: issued.csrf });
  });

  router.delete('/session', (request, response) => {
    response.set('set-cookie', endedCookie(isEncrypted(request))).json({ signed_in: false });
  });

  return router;
}

/** A browser that makes the header up deceives itself alone. */
function isEncrypted({ socket, headers }: Request): boolean {
  return ('encrypted' in socket && socket.encrypted === true) || headers['x-forwarded-proto'] === 'https';
}
