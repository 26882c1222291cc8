import { isIP } from 'node:net';

const LOCAL = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** The host of an address without its port; IPv6 without brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Why nothing is delivered to an address; undefined when it may be. `hosts`: those that are allowed besides the local ones. */
export function refusedAddress(text: string, hosts: readonly string[]): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return `Invalid 'url': '${text}' is not an address of http or https.`;
  }
  const host = hostOf(url);
  // A name such as localhost.example.com is not local, and an address in another notation has become a plain one by now.
  if (LOCAL.test(host) || hosts.includes(host)) return undefined;
  const named = isIP(host) === 0 ? `the host '${host}'` : `the address ${host}`;
  return `Invalid 'url': the mock delivers webhooks to local addresses only, and ${named} is not one of them. Name it in webhookHosts (--webhook-hosts).`;
}

export function isLocal(url: URL): boolean {
  return LOCAL.test(hostOf(url));
}
