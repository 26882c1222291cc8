/** What global setup hands to the tests: `inject('redisUrl')` and so on, typed. */
export interface TestValues {
  /** A real Redis for this project of the run; use a random key prefix, others may share it. */
  redisUrl: string;
  /** `http://127.0.0.1:PORT` of the proxy under test (system and conformance projects). */
  proxyUrl: string;
  /** `http://127.0.0.1:PORT` of each mock endpoint behind the proxy; empty in live mode. */
  mockUrls: string[];
  /** True when the endpoints behind the proxy are real ones (`LLMPROXY_LIVE=1`). */
  live: boolean;
  /** Public model names that the live configuration can serve; every name is fine when not live, and this is empty. */
  liveModels: string[];
  /** Of each of `liveModels`: what its provider calls it, and the address of the relay that stands for the provider. */
  liveEndpoints: Readonly<Record<string, { readonly model: string; readonly baseUrl: string }>>;
}

declare module 'vitest' {
  interface ProvidedContext extends TestValues {}
}
