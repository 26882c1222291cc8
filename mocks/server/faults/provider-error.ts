import type { ProviderError } from '../../dialects/errors.ts';
import type { DialectFamily } from '../../dialects/family.ts';
import type { ErrorFields } from '../../rules/fault.ts';

/** The provider's error for a status, with the given fields in place of its own. */
export function errorWith(family: DialectFamily, status: number, fields: ErrorFields = {}): ProviderError {
  const usual = family.providerError(status, fields.code ?? undefined);
  return {
    message: fields.message ?? usual.message,
    type: fields.type ?? usual.type,
    param: fields.param === undefined ? usual.param : fields.param,
    code: fields.code === undefined ? usual.code : fields.code,
  };
}
