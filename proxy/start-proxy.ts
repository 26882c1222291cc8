import { App } from './app.ts';
import { parseConfig } from './config/load.ts';
import { readYaml } from './config/source.ts';

/** What `llmproxy.yaml` says, as an object or as its text. */
export type ProxyConfig = string | Readonly<Record<string, unknown>>;

export interface StartProxyOptions {
  /** Default: `server.port` of the configuration, else a free one. */
  readonly port?: number | undefined;
  /** Default: `log.level` of the configuration, else `warn`. */
  readonly logLevel?: string | undefined;
  /** Where `${NAME}` of the configuration is looked up. Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/** A proxy that runs in this process. */
export interface Proxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** What an OpenAI client takes as base URL: `url` and `/v1`. */
  readonly baseURL: string;
  /** Ends once running answers are finished. */
  close(): Promise<void>;
}

const NAME = 'the configuration';

/** A setting of the document, before it is checked. */
function given(document: unknown, section: string, setting: string): unknown {
  const fields = document as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>> | undefined;
  return fields?.[section]?.[setting];
}

/** Starts a proxy in this process, for example between an application and a mock. Rejects with {@link ConfigError} that names every fault. */
export async function startProxy(config: ProxyConfig, options: StartProxyOptions = {}): Promise<Proxy> {
  // JSON is YAML.
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  const { environment = process.env } = options;
  const document = readYaml(NAME, text, environment).value;
  const port = options.port ?? (given(document, 'server', 'port') === undefined ? 0 : undefined);
  const logLevel = options.logLevel ?? (given(document, 'log', 'level') === undefined ? 'warn' : undefined);
  const overrides = {
    ...(port === undefined ? {} : { port }),
    ...(logLevel === undefined ? {} : { logLevel }),
  };
  const app = await App.start({ load: () => parseConfig(text, NAME, { environment, overrides }) });
  const close = (): Promise<void> => app.close();
  return { url: app.url, baseURL: `${app.url}/v1`, close, [Symbol.asyncDispose]: close };
}
