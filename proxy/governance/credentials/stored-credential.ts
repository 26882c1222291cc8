import type { JsonObject } from '../../core/json.ts';
import type { CredentialRow } from '../../database/credentials-table.ts';
import type { ValueSeal } from '../value-seal.ts';
import type { CredentialEntry } from './types.ts';

const STARS = '****';
const SHOWN = 4;
/** Of shorter keys nothing is shown. */
const MIN_LENGTH = 12;

/** What may be shown of a key: its length is not in it. */
export function maskedKey(key: string): string {
  return key.length < MIN_LENGTH ? STARS : `${STARS}${key.slice(-SHOWN)}`;
}

type Sealed = Pick<CredentialRow, 'id' | 'provider' | 'owner_kind' | 'owner_id'>;

/** What a key is sealed for: a row that was copied to another owner, provider or id does not open. */
export function sealedFor({ id, provider, owner_kind: kind, owner_id: owner }: Sealed): string {
  return `credential/${id}/${provider}/${kind}/${owner}`;
}

/** The columns of a key. */
export function keyColumns(
  seal: Pick<ValueSeal, 'close'>,
  of: Sealed,
  key: string,
): Pick<CredentialRow, 'sealed_key' | 'masked_key'> {
  return { sealed_key: seal.close(sealedFor(of), key), masked_key: maskedKey(key) };
}

export function credentialEntry(row: CredentialRow): CredentialEntry {
  return {
    id: row.id,
    ownerKind: row.owner_kind,
    ownerId: row.owner_id,
    provider: row.provider,
    modelName: row.model_name,
    sealedKey: row.sealed_key,
    maskedKey: row.masked_key,
    isDefault: row.is_default,
    isActive: row.is_active,
    createdAt: row.created_at,
  };
}

/** What the audit log keeps of a row: nothing of the key. */
export function auditedCredential(row: CredentialRow): JsonObject {
  const { id, provider, model_name, is_default, is_active, last_validated_at } = row;
  return { id, user_id: row.owner_id, provider, model_name, is_default, is_active, last_validated_at };
}
