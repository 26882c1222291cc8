import { shortened } from '../../core/shortened.ts';
import type { ExchangeRecord } from '../exchange-record.ts';

/** Characters that are kept of what a client has chosen: a model's name may be as long as a body. */
const LONGEST_MODEL = 256;
const LONGEST_PATH = 2_048;

/** The record itself, or where it is long a copy that is not. */
export function boundedRecord(record: ExchangeRecord): ExchangeRecord {
  const { model = '', path } = record;
  if (model.length <= LONGEST_MODEL && path.length <= LONGEST_PATH) return record;
  return {
    ...record,
    path: shortened(path, LONGEST_PATH),
    ...(model === '' ? {} : { model: shortened(model, LONGEST_MODEL) }),
  };
}
