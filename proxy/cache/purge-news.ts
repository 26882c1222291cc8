/** How replicas hear of each other's purges. */
export interface PurgeNews {
  /** Tells the others that all keys with this prefix were purged; never rejects. */
  tell(prefix: string): Promise<void>;
  /** `listener` gets the prefixes that others purged, and '' whenever news may have been missed. */
  follow(listener: (prefix: string) => void): void;
}
