import { BlockList, isIP } from 'node:net';
import { isLoopback } from '../core/loopback.ts';

/** A forward proxy that stands between this machine and the network. */
export interface OutboundProxy {
  /** `http://host:port` or `https://host:port`, without credentials. */
  readonly origin: string;
  /** Value of `proxy-authorization`. */
  readonly authorization?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a variable in lower case before upper case, as curl does; empty counts as not set. */
function variable(environment: Environment, name: string): string | undefined {
  return environment[name] || environment[name.toUpperCase()] || undefined;
}

/**
 * The forward proxies that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name, also in lower case. Loopback addresses are
 * always reached directly.
 */
export class OutboundProxies {
  readonly #proxies: ReadonlyMap<string, OutboundProxy>;
  readonly #exceptions: Exceptions;
  /** One entry an endpoint's address. */
  readonly #found = new Map<string, OutboundProxy | undefined>();

  /** Throws when a variable holds no address of an HTTP proxy; the message does not repeat the value. */
  constructor(environment: Environment) {
    const proxies = ['http', 'https'].flatMap((scheme) => {
      const value = variable(environment, `${scheme}_proxy`);
      return value === undefined ? [] : [[`${scheme}:`, parseProxy(value, `${scheme}_proxy`)] as const];
    });
    this.#proxies = new Map(proxies);
    this.#exceptions = new Exceptions(variable(environment, 'no_proxy') ?? '');
  }

  /** The proxy between us and an endpoint; undefined = the endpoint is reached directly. */
  for(origin: string): OutboundProxy | undefined {
    if (this.#proxies.size === 0) return undefined;
    if (!this.#found.has(origin)) this.#found.set(origin, this.#find(origin));
    return this.#found.get(origin);
  }

  #find(origin: string): OutboundProxy | undefined {
    const url = URL.parse(origin);
    const proxy = url ? this.#proxies.get(url.protocol) : undefined;
    if (!url || !proxy || isLoopback(url.hostname) || this.#exceptions.covers(url)) return undefined;
    return proxy;
  }

  /** Every secret of the proxies, for the log's redaction. */
  get secrets(): string[] {
    return [...this.#proxies.values()].flatMap(({ authorization }) => authorization?.split(' ')[1] ?? []);
  }
}

function parseProxy(value: string, name: string): OutboundProxy {
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new Error(
      `the environment variable ${name.toUpperCase()} (or ${name}) is expected to be the address of an HTTP proxy, such as http://proxy.example.com:3128`,
    );
  }
  const { origin, username, password } = url;
  if (username === '') return { origin };
  const pair = `${unescaped(username)}:${unescaped(password)}`;
  return { origin, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** A password may hold a bare percent sign: then it is meant as it stands. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What `NO_PROXY` lists: host names with all names below them, addresses, subnets, each with a port or without; `*` = all. */
class Exceptions {
  readonly #names: readonly { readonly name: string; readonly port: string | undefined }[];
  readonly #subnets = new BlockList();

  constructor(list: string) {
    const entries = list
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((entry) => entry !== '');
    this.#names = entries.filter((entry) => !this.#addSubnet(entry)).map(readName);
  }

  covers({ hostname, port, protocol }: URL): boolean {
    const name = hostname.replace(/^\[(.*)\]$/, '$1');
    const family = isIP(name);
    if (family !== 0 && this.#subnets.check(name, family === 4 ? 'ipv4' : 'ipv6')) return true;
    const reached = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    return this.#names.some(
      (entry) =>
        (entry.port === undefined || entry.port === reached) &&
        (entry.name === '*' || name === entry.name || name.endsWith(`.${entry.name}`)),
    );
  }

  #addSubnet(entry: string): boolean {
    const [, address = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
    const family = isIP(address);
    if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return false;
    this.#subnets.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  }
}

function readName(entry: string): { name: string; port: string | undefined } {
  if (isIP(entry) === 6) return { name: entry, port: undefined };
  const [, host = entry, port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  const name = host.replace(/^\[(.*)\]$/, '$1').replace(/^\*?\./, '');
  return { name: name === '' ? entry : name, port };
}
