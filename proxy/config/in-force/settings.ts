import { Redactor } from '../../core/redact.ts';
import { secretsOf, type Config } from '../config.ts';
import type { LoadOptions } from '../origin.ts';
import { autoSchema, pricingSchema } from '../schema/auto.ts';
import { credentialsSchema } from '../schema/gateway.ts';
import { databaseSchema, governanceSchema } from '../schema/governance.ts';
import { configSchema, type ConfigInput } from '../schema/index.ts';
import { readSource } from '../read-source.ts';
import { ImpliedValues } from './implied.ts';
import { Origins } from './origin-of.ts';
import type { RowValue, Setting } from './row.ts';
import { identityOf, MASK } from './value.ts';
import { SettingWalk } from './walk.ts';

const MASTER_KEY = 'LLMPROXY_MASTER_KEY';

export interface SettingsTerms {
  readonly name: string;
  readonly text: string;
  readonly options: LoadOptions;
  /** What `parseConfig` made of the text. */
  readonly config: Config;
  /** Values that hold variables are shown as they are written. */
  readonly isWritten: boolean;
}

/** Every setting of a text that `parseConfig` has taken. Throws what zod throws where the text or the environment is another one by now. */
export function settingsOf({ name, text, options, config, isWritten }: SettingsTerms): readonly Setting[] {
  const source = readSource(name, text, options);
  const input = configSchema.parse(source.value ?? {});
  const implied = new ImpliedValues({ config, input, source, environment: options.environment, isWritten });
  const walk = new SettingWalk({
    origins: new Origins(source, options),
    isWritten,
    implied: (path, settings) => implied.at(path, settings),
  });
  const sections = inForce(input);
  for (const [section, schema] of Object.entries(configSchema.shape)) {
    const raw = (source.value as Readonly<Record<string, unknown>> | undefined)?.[section];
    walk.section(schema, [section], raw, sections[section as keyof ConfigInput]);
  }
  const key = masterKey(config, options);
  const redactor = new Redactor();
  redactor.know(secretsOf(config).map((secret) => secret.reveal()));
  return [...walk.settings, ...(key === undefined ? [] : [key])].map((setting) => shown(setting, redactor));
}

/** Sections whose defaults count though the text has no such section. */
function inForce(input: ConfigInput): ConfigInput {
  const { database, governance, auto, pricing, credentials, ...others } = input;
  const isGoverned = database !== undefined || governance !== undefined;
  return {
    ...others,
    auto: auto ?? autoSchema.parse({}),
    pricing: pricing ?? pricingSchema.parse({}),
    ...(isGoverned
      ? {
          database: database ?? databaseSchema.parse({}),
          governance: governance ?? governanceSchema.parse({}),
          credentials: credentials ?? credentialsSchema.parse({}),
        }
      : { credentials }),
  };
}

/** The master key is no setting of the file. */
function masterKey({ governance }: Config, { environment }: LoadOptions): Setting | undefined {
  const value = environment[MASTER_KEY];
  if (governance === undefined || value === undefined || value === '') return undefined;
  const source = { kind: 'environment', name: MASTER_KEY } as const;
  return { row: { path: MASTER_KEY, keys: [], value: MASK, secret: true, source }, identity: identityOf(value) };
}

function shown(setting: Setting, redactor: Redactor): Setting {
  const { row } = setting;
  if (row.secret) return setting;
  const value = row.path === 'governance.webhook.url' ? hookAddress(row.value) : cleaned(row.value, redactor);
  return { ...setting, row: { ...row, value } };
}

function cleaned(value: RowValue, redactor: Redactor): RowValue {
  if (typeof value === 'string') return redactor.clean(value);
  return Array.isArray(value) ? value.map((entry: RowValue) => cleaned(entry, redactor)) : value;
}

/** Addresses of webhooks often prove who calls by their path. */
function hookAddress(value: RowValue): RowValue {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null) return MASK;
  return `${url.pathname}${url.search}` === '/' ? url.origin : `${url.origin}/${MASK}`;
}
