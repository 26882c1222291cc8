import { providerError } from '../../dialects/index.ts';
import type { ErrorFields } from '../../rules/fault.ts';

/** The provider's error for a status, with the given fields in place of its own. */
export function errorWith(status: number, fields: ErrorFields = {}): ReturnType<typeof providerError> {
  const usual = providerError(status, fields.code ?? undefined);
  return {
    message: fields.message ?? usual.message,
    type: fields.type ?? usual.type,
    param: fields.param === undefined ? usual.param : fields.param,
    code: fields.code === undefined ? usual.code : fields.code,
  };
}
