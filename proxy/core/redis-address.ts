/** Where one node of a cluster or one sentinel is. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  /** `rediss:` */
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
}

const FORM = /^(?:(rediss?):\/\/)?([^/?#\s]+)\/?$/;

/**
 * Reads `host:port`, `redis://[user:password@]host[:port]` or `rediss://…`; a port that is left out is `defaultPort`.
 * Undefined for anything else: a path would name a database, which neither a cluster nor a sentinel has.
 */
export function parseRedisAddress(text: string, defaultPort: number): RedisAddress | undefined {
  const [, scheme = 'redis', authority] = FORM.exec(text) ?? [];
  if (authority === undefined) return undefined;
  try {
    const url = new URL(`redis://${authority}`);
    const [username, password] = [url.username, url.password].map((part) => decodeURIComponent(part));
    const port = url.port === '' ? defaultPort : Number(url.port);
    if (url.hostname === '' || port === 0) return undefined;
    return {
      host: url.hostname.replaceAll(/^\[|\]$/g, ''),
      port,
      tls: scheme === 'rediss',
      ...(username ? { username } : {}),
      ...(password ? { password } : {}),
    };
  } catch {
    return undefined;
  }
}
