import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { AgeCount, CacheView, FoundEntry, FoundView, ModelCacheView } from '../../admin/dashboard/cache-view.ts';
import { cacheApi } from '../api/cache.ts';
import { session } from '../client.ts';
import { useLoaded } from '../data.ts';
import { bytes, count, percent, seconds } from '../format.ts';
import { html, type Content } from '../html.ts';
import { Badge, Bar, Notice, Section, Tile } from '../parts/basics.ts';
import { Action, Area, Choice, Field, Form } from '../parts/form.ts';
import { numbers, Table, type Column } from '../parts/table.ts';

const OPERATIONS = 'chat.completions responses embeddings completions messages gemini.generate gemini.embed gemini.batch_embed'
  .split(' ')
  .map((name) => [name, name] as const);

/** How full the cache is and how it serves, what it has for a request, and purging. */
export function CachePage(): VNode {
  const { value, fault, again } = useLoaded(cacheApi.get, 5_000);
  const purged = useSignal<string | undefined>(undefined);
  const cache = value.value;
  if (cache === undefined) return html`<${Notice} tone=${fault.value ? 'bad' : 'plain'}>${fault.value ?? 'Loading …'}<//>`;
  const purge = async (target?: object): Promise<void> => {
    const { deleted_entries: gone } = await cacheApi.purge(target);
    purged.value = gone === 1 ? '1 entry is purged.' : `${count(gone)} entries are purged.`;
    await again();
  };
  return html`${fault.value ? html`<${Notice} tone="bad">${fault.value}<//>` : null}
    ${purged.value ? html`<${Notice}>${purged.value}<//>` : null}
    <div class="tiles">
      ${tiles(cache).map(([name, text, note]) => html`<${Tile} key=${name} name=${name} value=${text} note=${note} />`)}
    </div>
    <${Section}
      title="By model"
      actions=${html`<${Action} tone="bad" confirm="Yes, purge everything" onClick=${() => purge()}>Purge all<//>`}
    >
      <${Table} label="Cache by model" columns=${columns(purge)} rows=${cache.models} keyOf=${modelOf} />
    <//>
    <${Section} title="Age of entries in memory">
      <dl>${cache.ages.counts.map((one, index, all) => age(one, all[index - 1], cache.ages.looked))}</dl>
    <//>
    <${Finder} purge=${purge} />`;
}

function tiles(cache: CacheView): [name: string, value: string, note: string][] {
  const { memory, redis, models, found_in: from } = cache;
  const sum = (read: (model: ModelCacheView) => number): number => models.reduce((total, one) => total + read(one), 0);
  const answered = sum((one) => one.hits + one.joined + one.stale);
  const asked = answered + sum((one) => one.misses);
  const state = redis.refuses ?? (redis.connected ? 'connected' : redis.configured ? 'not reached' : 'none');
  return [
    ['In memory', bytes(memory.bytes), `of ${bytes(memory.limit_bytes)}, ${count(memory.entries)} entries`],
    ['Redis', state, `${count(from.redis)} found there, ${count(from.memory)} in memory`],
    ['Hit share', percent(asked === 0 ? null : answered / asked), `${count(answered)} of ${count(asked)}`],
    ['Stored', count(cache.stored), `${count(memory.evictions)} left to make room`],
  ];
}

const modelOf = ({ model }: ModelCacheView): string => model;

type Purge = (target?: object) => Promise<void>;

function columns(purge: Purge): readonly Column<ModelCacheView>[] {
  const barOf = ({ hit_share: share }: ModelCacheView): Content =>
    share === null ? '–' : html`<${Bar} share=${share} label=${percent(share)} />`;
  const purgeOf = ({ model }: ModelCacheView): Content =>
    html`<${Action} confirm=${`Yes, purge ${model}`} onClick=${() => purge({ model })}>Purge ${model}<//>`;
  return [
    { name: 'Model', show: modelOf, sort: modelOf },
    { name: 'Hit share', show: barOf, sort: (one) => one.hit_share },
    numbers('Hits', (one) => one.hits),
    numbers('Joined', (one) => one.joined),
    numbers('Stale', (one) => one.stale),
    numbers('Misses', (one) => one.misses),
    numbers('Not asked', (one) => one.bypassed),
    numbers('Entries', (one) => one.entries),
    numbers('Size', (one) => one.bytes, bytes),
    { name: 'Purge', show: purgeOf },
  ];
}

function age({ up_to_seconds: limit, entries }: AgeCount, before: AgeCount | undefined, looked: number): Content {
  const name = limit === null ? `over ${seconds(before?.up_to_seconds)}` : `up to ${seconds(limit)}`;
  return html`<dt key=${name}>${name}</dt>
    <dd><${Bar} share=${looked === 0 ? 0 : entries / looked} label=${count(entries)} /></dd>`;
}

/** Says what the cache has for a request that is pasted. */
function Finder({ purge }: { purge: Purge }): VNode {
  const found = useSignal<FoundView | undefined>(undefined);
  const find = async ({ headers, ...values }: Readonly<Record<string, string>>): Promise<void> => {
    const given = Object.fromEntries(Object.entries(values).filter(([, text]) => text !== ''));
    found.value = await cacheApi.find(headers ? { ...given, headers: JSON.parse(headers) as object } : given);
  };
  return html`<${Section} title="Find an entry by its request">
    <${Form} label="Find an entry" submit="Find" onSubmit=${find}>
      <${Choice} label="Operation" name="operation" options=${OPERATIONS} />
      <${Field} label="Model in the path (Gemini)" name="model" />
      <${Field} label="Headers that count, as JSON" name="headers" placeholder='{"cache-control": "max-age=60"}' />
      ${session.value?.governed ? html`<${Field} label="Virtual key of the caller" name="key" type="password" />` : null}
      <${Area} label="Body of the request" name="body" rows=${6} />
    <//>
    ${found.value ? html`<${Found} found=${found.value} purge=${purge} />` : null}
  <//>`;
}

function Found({ found, purge }: { found: FoundView; purge: Purge }): VNode {
  const { answers, model, keys, entries, reads, writes } = found;
  const why = found.why ?? (entries.length === 0 ? 'Nothing is stored for it.' : 'What is stored does not answer it.');
  const may = `${reads ? 'may' : 'may not'} be looked up, ${writes ? 'may' : 'may not'} be stored`;
  const rowKey = (one: FoundEntry): string => one.tier + one.key;
  return html`<${Notice} tone=${answers ? 'good' : 'warn'}>${answers ? 'It is answered from the cache.' : why}<//>
    <p>Model ${model ?? '–'}: ${may}. <span class="mono">${keys.join(' ')}</span></p>
    <${Table} label="Entries" columns=${entryColumns(purge)} rows=${entries} keyOf=${rowKey} />`;
}

function entryColumns(purge: Purge): readonly Column<FoundEntry>[] {
  const stateOf = ({ answers, why }: FoundEntry): Content =>
    answers ? html`<${Badge} tone="good">answers<//>` : html`<small class="warn wrap">${why}</small>`;
  const leftOf = (left: number | null | undefined): string => (Number(left) > 0 ? seconds(left) : 'past its end');
  const purgeOf = ({ key }: FoundEntry): Content =>
    html`<${Action} confirm="Yes, purge it" onClick=${() => purge({ key })}>Purge this entry<//>`;
  return [
    { name: 'In', show: ({ tier }) => tier },
    { name: 'State', show: stateOf },
    numbers('Age', (one) => one.age_seconds, seconds),
    numbers('Left', (one) => one.ttl_seconds, leftOf),
    numbers('Size', (one) => one.bytes, bytes),
    { name: 'Shape', show: (one) => (one.shape === 'stream' ? `stream, ${one.events} events` : `body, ${one.status}`) },
    { name: 'From', show: ({ endpoint }) => endpoint },
    { name: 'Purge', show: purgeOf },
  ];
}
