import type { TestApi } from './testing.ts';
import { textOf } from './fields.ts';

function id(answer: { readonly body: Record<string, unknown> }): string {
  return textOf(answer.body['id']);
}

/** Creates below `path`, lists, reads, changes when there is a change, and deletes unless it is to be kept. */
function lived(api: TestApi, path: string, body: object, change?: object, kept = false): string {
  const one = `${path}/${id(api('POST', path, body))}`;
  api('GET', path);
  api('GET', one);
  if (change !== undefined) api('POST', one, change);
  if (!kept) api('DELETE', one);
  return one;
}

function webhooks(api: TestApi): void {
  const body = { name: 'app', url: 'http://127.0.0.1/x', event_types: ['batch.completed'] };
  const one = lived(api, '/webhook_endpoints', body, { name: 'other' }, true);
  api('POST', `${one}/rotate_secret`, { keep_old_secret_active_for_24_hours: true });
  api('POST', `${one}/test`, { event_type: 'batch.completed' });
  api('DELETE', one);
  api('GET', '/webhook_event_types');
}

function agents(api: TestApi): void {
  lived(api, '/agents', { name: 'a', model: 'gpt-5' }, { name: 'b' });
  const automation = lived(api, '/agents/automations', { name: 'a', run_at: 5 }, { name: 'b' }, true);
  for (const verb of ['pause', 'resume']) api('POST', `${automation}/${verb}`);
  lived(api, `${automation}/invocations`, {}, undefined, true);
  api('DELETE', automation);
  const environment = lived(api, '/agents/environments', { type: 'openai_hosted' }, undefined, true);
  api('POST', `${environment}/files`, { path: 'a.txt', content: 'x' });
  api('GET', `${environment}/files`);
  lived(api, '/agents/environments/templates', { name: 't' }, { name: 'u' });
  const vault = lived(api, '/vaults', { name: 'v' }, { name: 'w' }, true);
  lived(api, `${vault}/credentials`, { name: 'c', auth: { secret_name: 'A' } }, { name: 'd' });
  api('DELETE', vault);
}

function agentSessions(api: TestApi): void {
  const agent = { multi_agent: { enabled: true } };
  const body = { agent, environment: { type: 'openai_hosted' }, input: 'Count from 1 to 5' };
  const session = lived(api, '/agents/sessions', body, { metadata: { a: 'b' } }, true);
  const input = [{ role: 'user', content: [{ type: 'input_text', text: 'more' }] }];
  api('POST', `${session}/events`, { events: [{ type: 'agent.session.input.message', input }] });
  api('GET', `${session}/events`);
  for (const list of ['items', 'traces']) api('GET', `${session}/${list}`);
  const first = (path: string): string => {
    const [one] = api('GET', path).body['data'] as { id: string }[];
    return `${path}/${one?.id}`;
  };
  const turn = first(`${session}/turns`);
  for (const url of [turn, `${turn}/items`]) api('GET', url);
  const artifact = first(`${session}/artifacts`);
  for (const url of [artifact, `${artifact}/content`]) api('GET', url);
  api('DELETE', artifact);
  const subagent = first(`${session}/subagents`);
  for (const url of [subagent, `${subagent}/items`]) api('GET', url);
  const own = first(`${subagent}/turns`);
  for (const url of [own, `${own}/items`]) api('GET', url);
  api('DELETE', session);
}

function live(api: TestApi): void {
  const body = { session: { model: 'gpt-live' }, transport: { type: 'webrtc', sdp: 'v=0\r\nm=audio 9 UDP 0\r\n' } };
  const created = api('POST', '/live/sessions', body).body as { session: { id: string } };
  const one = `/live/sessions/${created.session.id}`;
  for (const verb of ['accept', 'refer']) api('POST', `${one}/${verb}`);
  const { session } = api('POST', `${one}/fork`, body).body as { session: { id: string } };
  api('GET', `${one}/content`);
  api('POST', `${one}/hangup`);
  api('POST', `/live/sessions/${session.id}/reject`);
}

function administration(api: TestApi): void {
  const keys = '/organization/external_keys';
  const key = lived(api, keys, { name: 'k', type: 'aws' }, undefined, true);
  api('POST', `${key}/validate`);
  api('DELETE', key);
  const storage = lived(api, '/organization/external_storage', { geography: 'eu' }, undefined, true);
  api('POST', `${storage}/validate`);
  api('DELETE', storage);
  const issuer = { name: 'i', issuer: 'https://a', audience: 'b' };
  const provider = lived(api, '/organization/workload_identity_providers', issuer, { name: 'j' }, true);
  lived(api, `${provider}/federation_rules`, { name: 'r' }, { name: 's' });
  api('DELETE', provider);
  const project = `/organization/projects/${api.context.project}`;
  api('GET', `${project}/service_tier_settings`);
  api('POST', `${project}/service_tier_settings`, { default: 'fast' });
  const [own] = api('GET', `${project}/api_keys`).body['data'] as { id: string }[];
  api('POST', `${project}/api_keys/${own?.id}`, { name: 'n' });
}

/** Every operation that the official package has and the published specification has not. */
export function packageLife(api: TestApi): void {
  for (const family of [webhooks, agents, agentSessions, live, administration]) family(api);
  const voice = { name: 'v', audio_sample: 'x', consent: 'cons_1' };
  api('DELETE', `/audio/voices/${id(api('POST', '/audio/voices', voice))}`);
  const questions = [
    { type: 'predicate', instructions: 'Is it red?' },
    { type: 'choice', instructions: 'Which?', choices: [{ value: 'a' }, { value: 'b' }] },
    { type: 'score', instructions: 'How much?', levels: [{ label: 'low' }, { label: 'high' }] },
  ];
  api('POST', '/decisions', { model: 'gpt-5', input: 'x', questions });
  api('GET', '/organization/usage/decisions');
  for (const kind of ['alerts/alert_mock', 'cases/case_mock']) api('GET', `/safety/${kind}`);
  const criteria = { data_source_config: { type: 'custom', item_schema: {} }, testing_criteria: [] };
  const evaluation = id(api('POST', '/evals', criteria));
  const source = { type: 'jsonl', source: { type: 'file_content', content: [] } };
  const run = id(api('POST', `/evals/${evaluation}/runs`, { data_source: source }));
  api('POST', `/evals/${evaluation}/runs/${run}/cancel`);
}
