/** What an endpoint is shown where it asks who connects; both as PEM. */
export interface ClientCertificate {
  /** The certificate, and after it those of its issuers. */
  readonly cert: string;
  readonly key: string;
}

/** How connections to an endpoint over TLS are secured, beyond what Node does by itself. */
export interface EndpointTls {
  /** Certificates that the endpoint's own is judged by, as PEM; undefined = those that Node trusts. */
  readonly ca?: string;
  /** Undefined = none is shown. */
  readonly clientCertificate?: ClientCertificate;
}

/** That part of an endpoint or a request. */
export function tlsOf({ ca, clientCertificate }: EndpointTls): EndpointTls {
  return { ...(ca === undefined ? {} : { ca }), ...(clientCertificate ? { clientCertificate } : {}) };
}

/** The same as options of `node:tls`. */
export function tlsOptions({ ca, clientCertificate }: EndpointTls): {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
} {
  return { ...(ca === undefined ? {} : { ca }), ...clientCertificate };
}

/** Whether there is anything of it. */
export function isPlain({ ca, clientCertificate }: EndpointTls): boolean {
  return ca === undefined && clientCertificate === undefined;
}
