import { ProxyError } from '../core/errors.ts';

/** For a request without a virtual key where `auth.require_key` is set. */
export function virtualKeyRequired(): ProxyError {
  return new ProxyError(
    'virtual_key_required',
    'This proxy serves requests with a virtual key alone (auth.require_key). Send one as `Authorization: Bearer sk-lp-…`.',
    { headers: { 'www-authenticate': 'Bearer' } },
  );
}
