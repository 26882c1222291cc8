import type { RequestFamily } from '../../auto/shapes.ts';
import type { OperationId } from '../../protocols/types.ts';

/** The operations that `auto` is a model of. */
export const AUTO_FAMILIES: Readonly<Partial<Record<OperationId, RequestFamily>>> = {
  'chat.completions': 'chat',
  responses: 'responses',
  messages: 'messages',
  'gemini.generate': 'gemini',
};
