import type { Command } from '../redis/client.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import { tagPrefix } from './key.ts';
import type { Recording } from './types.ts';

/** Keys that are listed for one answer: normally one; more only where a provider gives an id twice. */
const MAX_KEYS_PER_ANSWER = 16;

/**
 * Stores an entry only while both of its tokens are in force: a purge that came first leaves nothing behind that could
 * not be read and would be counted by the next one. Returns 1 when it is stored, else 0.
 *
 * KEYS: 1 token of all entries · 2 token of the model · 3 the entry · 4 list of the answer's entries (may be absent)
 * ARGV: 1 and 2 the tokens that the entry carries · 3 the entry's bytes · 4 its life in ms · 5 the tokens' life in ms ·
 *       6 the cache key · 7 most keys of one answer
 */
const STORE_SCRIPT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
if KEYS[4] then
  redis.call('LPUSH', KEYS[4], ARGV[6])
  redis.call('LTRIM', KEYS[4], 0, ARGV[7] - 1)
  redis.call('PEXPIRE', KEYS[4], ARGV[4])
end
return 1`;

/**
 * Lists an entry for its answer, where the list lies in another slot than the entry.
 *
 * KEYS: 1 list of the answer's entries · ARGV: 1 the cache key · 2 most keys of one answer · 3 life in ms
 */
const LIST_SCRIPT = `
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

export interface StoreTerms {
  readonly recording: Pick<Recording, 'answerId' | 'kept'>;
  /** The tokens of all entries and of the model, as `PurgeMark.shared` has them. */
  readonly tokens: string;
  readonly lifeMs: number;
  readonly tokenLifeMs: number;
}

/**
 * What stores a packed entry; an answer that can be deleted at its provider is listed for it. Each command is sent when the
 * one before it was carried out; the last one answers 1 when the entry is stored. In a cluster the list comes first: a key
 * that is listed in vain does no harm, an entry that is not listed could not be forgotten.
 */
export function storeCommands(keys: Keyspace, key: string, entry: Buffer, terms: StoreTerms): Command[] {
  const { answerId, kept } = terms.recording;
  const names = [keys.purgeToken('', key), keys.purgeToken(tagPrefix(key), key), keys.cacheEntry(key)];
  const commands: Command[] = [];
  if (answerId !== undefined && kept) {
    const list = keys.cacheAnswer(answerId);
    if (keys.clustered) commands.push(['EVAL', LIST_SCRIPT, 1, list, key, MAX_KEYS_PER_ANSWER, terms.lifeMs]);
    else names.push(list);
  }
  const values = [...terms.tokens.split(' '), entry, terms.lifeMs, terms.tokenLifeMs, key, MAX_KEYS_PER_ANSWER];
  return [...commands, ['EVAL', STORE_SCRIPT, names.length, ...names, ...values]];
}
