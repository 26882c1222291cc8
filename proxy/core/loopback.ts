import { BlockList, isIP } from 'node:net';

/**
 * Whether a host to bind to, or a name out of a Host header, stays on this machine: `localhost`, `*.localhost`
 * (RFC 6761 section 6.3), 127.0.0.0/8 and ::1, the latter also in brackets and mapped from IPv4.
 */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const family = isIP(name);
  if (family === 0) return name === 'localhost' || name.endsWith('.localhost');
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(name, family === 4 ? 'ipv4' : 'ipv6');
}
