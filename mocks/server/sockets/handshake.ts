import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import type { Delivery } from '../delivery.ts';

export const PROTOCOL = 'realtime';
const KEY_PROTOCOL = 'openai-insecure-api-key.';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

function protocolsOf(headers: Headers): readonly string[] {
  const given = headers['sec-websocket-protocol'];
  return typeof given === 'string' ? given.split(',').map((name) => name.trim()) : [];
}

/** Of the offered protocols the one that is spoken; a browser's key is among them and is never answered. */
export function protocolFor(offered: ReadonlySet<string>): string | false {
  if (offered.has(PROTOCOL)) return PROTOCOL;
  const [first] = [...offered].filter((name) => !name.startsWith(KEY_PROTOCOL));
  return first ?? false;
}

/** The headers with the key of a browser, which can set none, in its place. */
export function headersWithKey(headers: Headers): Readonly<Record<string, string>> {
  const plain = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')] as const],
  );
  const key = protocolsOf(headers).find((name) => name.startsWith(KEY_PROTOCOL));
  const given = Object.fromEntries(plain);
  if (key === undefined || given['authorization'] !== undefined) return given;
  return { ...given, authorization: `Bearer ${key.slice(KEY_PROTOCOL.length)}` };
}

/** Refuses the upgrade with an HTTP answer. */
export function refuseUpgrade(socket: Duplex, { head, events }: Delivery): void {
  const { status, headers } = head ?? { status: 500, headers: [] };
  const body = Buffer.from([...events].map(({ bytes }) => bytes).join(''));
  const kept = headers.filter(([name]) => !['content-length', 'connection', 'transfer-encoding'].includes(name));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...kept.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${body.length}`,
    'connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]));
}
