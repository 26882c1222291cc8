import { randomBytes } from 'node:crypto';
import { Secret } from '../core/secret.ts';
import { IN_MEMORY, type DatabaseAddress } from '../database/address.ts';
import { DatabaseFault } from '../database/fault.ts';
import { secretFile } from './secret-file.ts';

const VARIABLE = 'LLMPROXY_MASTER_KEY';
const MIN_LENGTH = 32;
/** Fewer different characters than this are a placeholder, not a key. */
const MIN_VARIETY = 8;

export interface MasterKeyPlace {
  readonly database: DatabaseAddress;
  /** Whether the listener is bound to a loopback address. */
  readonly loopback: boolean;
  /** `LLMPROXY_MASTER_KEY`, where it is set. */
  readonly configured: string | undefined;
}

/**
 * The secret that values are sealed with: the configured one; else, for SQLite on loopback, that of a file beside the
 * database, made at the first start with mode 0600. Throws DatabaseFault with what the operator has to do.
 */
export function masterKey({ database, loopback, configured }: MasterKeyPlace): Secret {
  if (configured !== undefined) return configuredKey(configured, VARIABLE);
  if (database.kind === 'postgres' || !loopback) {
    const why = database.kind === 'postgres' ? 'with Postgres' : 'on an address that is not loopback';
    throw new DatabaseFault(`LLMPROXY_MASTER_KEY is required ${why}: set it to what \`openssl rand -hex 32\` prints.`);
  }
  if (database.path === IN_MEMORY) return new Secret(randomBytes(MIN_LENGTH).toString('hex'));
  const path = `${database.path}.key`;
  const text = secretFile(path, 'key file', () => randomBytes(MIN_LENGTH).toString('hex'));
  return checked(text, `the key file ${path}`);
}

/** Hexadecimal and base64 (either alphabet) of 32 bytes. */
const HEX = /^[\da-f]{64}$/i;
const BASE64 = /^[\w+/-]{43}=?$/;

/**
 * A master key that is given by `name`: 32 bytes in hex or base64. Seals are made with the text as it is written, so that the same
 * bytes in another spelling are another key. Throws DatabaseFault.
 */
export function configuredKey(text: string, name: string): Secret {
  if (isMasterKey(text)) return new Secret(text);
  throw new DatabaseFault(
    `${name} is not a secret of 32 bytes in hex or base64: use what \`openssl rand -hex 32\` prints. A database whose seals were made with another secret is taken over by \`llmproxy credentials rotate\`.`,
  );
}

/** Whether it is 32 bytes in hex or base64, and no placeholder. */
export function isMasterKey(text: string): boolean {
  return (HEX.test(text) || BASE64.test(text)) && new Set(text).size >= MIN_VARIETY;
}

function checked(text: string, name: string): Secret {
  if (text.length < MIN_LENGTH || new Set(text).size < MIN_VARIETY) {
    throw new DatabaseFault(
      `${name} is not a secret of ${MIN_LENGTH} characters or more: use what \`openssl rand -hex 32\` prints.`,
    );
  }
  return new Secret(text);
}
