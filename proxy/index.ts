/** The package's programming interface: start a proxy inside your own process. */
export { App, type AppOptions } from './app.ts';
export type { Ready } from './ready-text.ts';
export { ConfigError } from './config/fault.ts';
export { parseConfig, loadConfig, type Loaded } from './config/load.ts';
export { startProxy, type Proxy, type ProxyConfig, type StartProxyOptions } from './start-proxy.ts';
