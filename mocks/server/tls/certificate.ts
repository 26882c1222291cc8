import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bitString, identifier, integer, octetString, sequence, set, tagged, time, utf8, yes } from './der.ts';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 30;
/** A name that no browser takes for a real one, and that a developer finds among others. */
const COMMON_NAME = 'llmproxy mock';

// Object identifiers (RFC 5280, RFC 5758).
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const NAME = '550403';
const ALTERNATIVE_NAMES = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const EXTENDED_KEY_USAGE = '551d25';
const SERVER_AUTHENTICATION = '2b06010505070301';

const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const words = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [words(head), tail === undefined ? [] : words(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].map((word) => word.padStart(4, '0')).join(''), 'hex');
}

function alternativeName(host: string): Buffer {
  const kind = isIP(host);
  if (kind === 0) return tagged(DNS_NAME, Buffer.from(host));
  return tagged(IP_ADDRESS, kind === 4 ? Buffer.from(host.split('.').map(Number)) : ipv6Bytes(host));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return sequence(identifier(oid), ...(critical ? [yes()] : []), octetString(value));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** A new key and a certificate that it has signed itself, for these names and addresses: it is its own authority. */
export function selfSigned(hosts: readonly string[], now: number): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const algorithm = sequence(identifier(ECDSA_WITH_SHA256));
  const name = sequence(set(sequence(identifier(NAME), utf8(COMMON_NAME))));
  const extensions = sequence(
    extension(BASIC_CONSTRAINTS, sequence(yes()), true),
    extension(EXTENDED_KEY_USAGE, sequence(identifier(SERVER_AUTHENTICATION))),
    extension(ALTERNATIVE_NAMES, sequence(...hosts.map(alternativeName))),
  );
  const signed = sequence(
    // Version 3.
    tagged(0xa0, integer(Buffer.from([2]))),
    // Positive: the first bit is not set.
    integer(Buffer.concat([Buffer.from([0x4c]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(now - DAY_MS), time(now + VALID_DAYS * DAY_MS)),
    name,
    publicKey,
    tagged(0xa3, extensions),
  );
  const signature = sign('sha256', signed, createPrivateKey(privateKey));
  return { cert: pem('CERTIFICATE', sequence(signed, algorithm, bitString(signature))), key: privateKey };
}
