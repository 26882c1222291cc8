/** What `DELETE /cache` may name, in the query or in a JSON body. */
export const CACHE_TARGETS = {
  model: 'Only the answers of this model.',
  key: 'Only the answer with this key.',
} as const;

export function isCacheTarget(name: string): name is keyof typeof CACHE_TARGETS {
  return Object.hasOwn(CACHE_TARGETS, name);
}
