import { ProxyError } from '../../core/errors.ts';
import type { Holder } from '../../governance/lookup.ts';
import { ReceivedRequest } from '../../wire/http.ts';
import type { RequestContext } from '../context.ts';
import { assertTrial } from '../governed/identify-key.ts';
import type { GovernedTools } from '../governed/tools.ts';
import { DO_NOT_RETRY } from '../governed/virtual-key.ts';
import { understand } from '../receive.ts';
import type { Runtime } from '../runtime.ts';
import { chatBody } from './chat-body.ts';
import { GatewayAccount } from './gateway-account.ts';
import type { GatewayTools } from './types.ts';

/**
 * Finds who pays, which provider is asked and with whose key, and makes the request a chat completion. Throws ProxyError
 * `virtual_key_blocked`, `trial_expired`, `store_unavailable`, `provider_unavailable`.
 */
export function resolveGenerate(context: RequestContext, runtime: Runtime, tools: GatewayTools): void {
  const { gateway } = context;
  const { governed } = runtime;
  if (!gateway || !governed) throw new Error('resolve runs after receive');
  const { asked } = gateway;
  const account = openAccount(context, governed, tools);
  if (account.holder) assertTrial(account.holder, runtime.clock.now());
  const chosen = tools.directory.override(asked.user_id, asked.service);
  const provider = chosen?.provider ?? tools.defaultProvider;
  const model = chosen?.model ?? tools.defaultModel;
  gateway.provider = provider;
  const found = tools.provider(provider);
  if (typeof found === 'string') throw new ProxyError('provider_unavailable', found);
  account.countTokensAt(found.spent);
  const body = Buffer.from(JSON.stringify(chatBody(asked, model, found.dialect)));
  context.head = {
    method: 'POST',
    path: '/chat/completions',
    query: '',
    headers: { 'content-type': 'application/json' },
  };
  context.request = new ReceivedRequest(context.head, [body]);
  context.entry = understand(context, body);
  context.facts = context.entry.facts;
  context.model = found.model;
  governed.stages.chooseKeys(context, governed);
  // Shared by services and their users, and by no one else: no other request can have this scope. What a user's own key pays for
  // is that user's.
  const owner = context.keys ? ` own:${context.keys.userId}` : '';
  context.scope = `generate:${provider.toLowerCase()}${owner}`;
}

/** The chain of the user that the service speaks of, where it is one of this proxy; else a label alone. */
function openAccount(context: RequestContext, governed: GovernedTools, tools: GatewayTools): GatewayAccount {
  const found = tools.user(context.gateway?.asked.user_id ?? '');
  if (found.state === 'unavailable') {
    const message = 'The database cannot be asked for the user now. Try again.';
    throw new ProxyError('store_unavailable', message, { headers: { 'retry-after': '1' } });
  }
  const holder: Holder | undefined = 'holder' in found ? found.holder : undefined;
  const account = new GatewayAccount(governed, holder);
  context.account = account;
  if (holder) context.principal = { ...context.principal, holder };
  if (found.state === 'blocked') {
    governed.watch.refused('virtual_key_blocked');
    throw new ProxyError('virtual_key_blocked', 'The user of this request is switched off.', { headers: DO_NOT_RETRY });
  }
  return account;
}
