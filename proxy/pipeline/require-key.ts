import { ProxyError } from '../core/errors.ts';

/**
 * Throws ProxyError `virtual_key_required` where `auth.require_key` is set. This version issues no virtual keys, so a
 * request can have none, whatever it carries.
 */
export function assertVirtualKey(required: boolean): void {
  if (!required) return;
  throw new ProxyError(
    'virtual_key_required',
    'This proxy serves requests with a virtual key alone (auth.require_key).',
    {
      headers: { 'www-authenticate': 'Bearer' },
    },
  );
}
