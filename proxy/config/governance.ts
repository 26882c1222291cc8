import { Secret } from '../core/secret.ts';
import type { GovernanceConfig } from './config.ts';
import type { Findings } from './findings.ts';
import { databaseSchema, governanceSchema } from './schema/governance.ts';
import type { ConfigInput } from './schema/index.ts';
import type { Environment } from './variables.ts';

/** Names of the settings that the environment alone gives. */
const DATABASE_URL = 'LLMPROXY_DATABASE_URL';
const MASTER_KEY = 'LLMPROXY_MASTER_KEY';

/** One of the sections `database` and `governance` turns it on; undefined without both. */
export function governanceOf(
  { database, governance }: Pick<ConfigInput, 'database' | 'governance'>,
  environment: Environment,
  findings: Findings,
): GovernanceConfig | undefined {
  if (database === undefined && governance === undefined) return undefined;
  const { budget_unit, webhook, ledger_retention, audit_retention, poll } = governance ?? governanceSchema.parse({});
  const databaseUrl = given(database?.url) ?? fromEnvironment(environment, findings);
  const masterKey = environment[MASTER_KEY];
  const signed = given(webhook?.secret);
  return {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(masterKey === undefined || masterKey === '' ? {} : { masterKey: new Secret(masterKey) }),
    budgetUnit: budget_unit,
    ...(webhook === undefined ? {} : { webhook: { url: webhook.url, ...(signed ? { secret: signed } : {}) } }),
    ledgerRetentionMs: ledger_retention,
    auditRetentionMs: audit_retention,
    pollMs: poll,
  };
}

function given(text: Secret | undefined): Secret | undefined {
  return text === undefined || text.reveal() === '' ? undefined : text;
}

function fromEnvironment(environment: Environment, findings: Findings): Secret | undefined {
  const url = environment[DATABASE_URL];
  if (url === undefined || url === '') return undefined;
  const read = databaseSchema.shape.url.safeParse(url);
  if (read.success) return read.data;
  findings.fault(
    ['database'],
    `expected ${DATABASE_URL} to be sqlite:PATH, file:PATH, a path, :memory: or postgres://host/name, found another value (not shown)`,
  );
  return undefined;
}
