import { PROTOCOLS } from '../protocols/table.ts';
import type { OperationId, Protocol } from '../protocols/types.ts';
import type { Provider, ProviderEndpoint } from './types.ts';

const ALL = Object.values(PROTOCOLS);

/** The operations of one family of APIs. */
export function operationsOf(family: string): readonly OperationId[] {
  return ALL.filter((protocol: { readonly family: string }) => protocol.family === family).map(({ id }) => id);
}

export const ALL_OPERATIONS: readonly OperationId[] = ALL.map(({ id }) => id);

/** What an endpoint lacks that is said to have only the one API of OpenAI. */
const LACKS = {
  chat: ['responses'],
  responses: ['chat.completions', 'completions'],
} as const satisfies Readonly<Record<NonNullable<ProviderEndpoint['api']>, readonly OperationId[]>>;

/** Whether an endpoint speaks this protocol itself, so that the client's bytes can go out as they are. */
export function speaks(
  { protocols }: Pick<Provider, 'protocols'>,
  { api }: Pick<ProviderEndpoint, 'api'>,
  { id }: Pick<Protocol, 'id'>,
): boolean {
  const lacking: readonly OperationId[] = api === undefined ? [] : LACKS[api];
  return protocols.includes(id) && !lacking.includes(id);
}
