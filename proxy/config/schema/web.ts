import { isIP } from 'node:net';

import { listOf } from './fields.ts';

const ANY = '*';
const HOST_NAME = /^(?:\*\.)?[a-z\d_](?:[a-z\d_.-]*[a-z\d_])?$/;
/** Scheme and authority as a browser writes them in `Origin`. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#,@]+$/;

/** A host as it stands in a Host header, in lower case and without a port. */
function readHost(entry: string): string | undefined {
  const name = entry.toLowerCase();
  if (name === ANY || HOST_NAME.test(name)) return name;
  const address = name.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) === 6 ? URL.parse(`http://[${address}]`)?.hostname : undefined;
}

/** An origin as browsers send it: in lower case, without the port that its scheme implies and without a slash at the end. */
function readOrigin(entry: string): string | undefined {
  const origin = entry.toLowerCase().replace(/\/$/, '');
  if (origin === ANY || origin === 'null') return origin;
  if (!ORIGIN.test(origin)) return undefined;
  return /^https?:/.test(origin) ? URL.parse(origin)?.origin : origin;
}

export const trustedHosts = listOf(
  'Names that clients may call the proxy by, without port: `llm.example.com`, `*.example.com`; `*` = any. Names of this machine (`localhost`, `*.localhost`, loopback addresses, `host.docker.internal`) need no entry. A request for another host is refused with 403, so that no web page reaches the proxy under a name of its own (DNS rebinding). Not set: checked while `server.host` is a loopback address, and not on another one. In a variable, names are parted by commas.',
  'host names without scheme and port, such as llm.example.com or *.example.com, or *',
  readHost,
);

export const cors = listOf(
  'Origins of the web pages that may call the proxy from a browser: `https://app.example.com`, `http://localhost:5173`, `null`; `*` = any page of any site. Every other page is refused with 403; programs that are not browsers are not concerned. In a variable, origins are parted by commas.',
  'origins such as https://app.example.com or http://localhost:5173, null, or *',
  readOrigin,
);
