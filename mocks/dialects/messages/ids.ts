import type { DialectContext, Random } from '../reply.ts';

/** Characters after the underscore. */
const LENGTH = 24;

/** An id of the provider: the prefix (`msg_011C`), filled up to 24 characters after the underscore. */
export function idAfter(prefix: string, { random }: { readonly random: Random } | DialectContext): string {
  return prefix + random.alnum(LENGTH - (prefix.length - prefix.indexOf('_') - 1));
}
