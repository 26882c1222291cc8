/** The credential that an endpoint is called with; `forward` = the one that the caller brought is passed on. */
export type EndpointCredential =
  | { readonly kind: 'key'; readonly value: string }
  | { readonly kind: 'forward' }
  | { readonly kind: 'none' };
