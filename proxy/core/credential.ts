/** A key that a user has stored; the value goes with it only while an attempt lasts. */
export interface OwnKey {
  readonly id: string;
  /** What may be shown of the key. */
  readonly mask: string;
  /** What users call the provider that it is for. */
  readonly provider: string;
}

/** The credential that an endpoint is called with; `forward` = the one that the caller brought is passed on. */
export type EndpointCredential =
  | {
      readonly kind: 'key';
      readonly value: string;
      /** Present where the key is a user's, not the operator's. */
      readonly own?: OwnKey;
    }
  | { readonly kind: 'forward' }
  | { readonly kind: 'none' };

/** Whether a refusal or a limit of the credential concerns its caller, and not the operator's account. */
export function isCallers(credential: EndpointCredential): boolean {
  return credential.kind === 'forward' || ownKeyOf(credential) !== undefined;
}

/** The user's key that the credential is. */
export function ownKeyOf(credential: EndpointCredential): OwnKey | undefined {
  return credential.kind === 'key' ? credential.own : undefined;
}
