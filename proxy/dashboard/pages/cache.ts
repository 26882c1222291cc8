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
import { Table, type Column } from '../parts/table.ts';

const OPERATIONS = [
  'chat.completions',
  'responses',
  'embeddings',
  'completions',
  'messages',
  'messages.count_tokens',
  'gemini.generate',
  'gemini.embed',
  'gemini.batch_embed',
  'gemini.count_tokens',
].map((name) => [name, name] as const);

/** How full the cache is and how it serves, what it has for a request, and purging. */
export function CachePage(): VNode {
  const { value, fault, again } = useLoaded(cacheApi.get, 5_000);
  const purged = useSignal<string | undefined>(undefined);
  const cache = value.value;
  if (cache === undefined)
    return html`<${Notice} tone=${fault.value ? 'bad' : 'plain'}>${fault.value ?? 'Loading …'}<//>`;
  const purge = async (target?: object): Promise<void> => {
    const { deleted_entries: gone } = await cacheApi.purge(target);
    purged.value = gone === 1 ? '1 entry is purged.' : `${count(gone)} entries are purged.`;
    await again();
  };
  return html`${fault.value ? html`<${Notice} tone="bad">${fault.value}<//>` : null}
    ${purged.value ? html`<${Notice}>${purged.value}<//>` : null}
    <${Tiles} cache=${cache} />
    <${Section}
      title="By model"
      actions=${html`<${Action} tone="bad" confirm="Yes, purge everything" onClick=${() => purge()}>Purge all<//>`}
    >
      <${Table}
        label="Cache by model"
        columns=${columns(purge)}
        rows=${cache.models}
        keyOf=${(row: ModelCacheView) => row.model}
      />
    <//>
    <${Section} title="Age of entries in memory">
      <dl>${cache.ages.counts.map((one, index, all) => age(one, all[index - 1], cache.ages.looked))}</dl>
    <//>
    <${Finder} purge=${purge} />`;
}

function Tiles({ cache: { memory, redis, models, stored, found_in: from } }: { cache: CacheView }): VNode {
  const sum = (read: (model: ModelCacheView) => number): number => models.reduce((total, one) => total + read(one), 0);
  const answered = sum((one) => one.hits + one.joined + one.stale);
  const asked = answered + sum((one) => one.misses);
  const state = redis.connected ? (redis.refuses ? 'refuses' : 'connected') : redis.configured ? 'not reached' : 'none';
  return html`<div class="tiles">
    <${Tile}
      name="In memory"
      value=${bytes(memory.bytes)}
      note=${`of ${bytes(memory.limit_bytes)}, ${count(memory.entries)} entries`}
    />
    <${Tile}
      name="Redis"
      value=${state}
      note=${redis.refuses ?? (redis.configured ? 'shared by replicas' : 'not configured')}
    />
    <${Tile}
      name="Hit share"
      value=${percent(asked === 0 ? null : answered / asked)}
      note=${`${count(answered)} of ${count(asked)}`}
    />
    <${Tile} name="Stored" value=${count(stored)} note=${`${count(memory.evictions)} left to make room`} />
    <${Tile}
      name="Found"
      value=${count(from.memory + from.redis)}
      note=${`${count(from.memory)} in memory, ${count(from.redis)} in Redis`}
    />
  </div>`;
}

type Purge = (target?: object) => Promise<void>;

function columns(purge: Purge): readonly Column<ModelCacheView>[] {
  const number = (name: string, read: (one: ModelCacheView) => number, show = count): Column<ModelCacheView> => ({
    name,
    show: (one) => show(read(one)),
    sort: read,
    isNumber: true,
  });
  return [
    { name: 'Model', show: ({ model }) => model, sort: ({ model }) => model },
    {
      name: 'Hit share',
      show: ({ hit_share: share }) => (share === null ? '–' : html`<${Bar} share=${share} label=${percent(share)} />`),
      sort: (one) => one.hit_share,
    },
    number('Hits', (one) => one.hits),
    number('Joined', (one) => one.joined),
    number('Stale', (one) => one.stale),
    number('Misses', (one) => one.misses),
    number('Not asked', (one) => one.bypassed),
    number('Entries', (one) => one.entries),
    number('Size', (one) => one.bytes, bytes),
    {
      name: 'Purge',
      show: ({ model }) =>
        html`<${Action} confirm=${`Yes, purge ${model}`} onClick=${() => purge({ model })}>Purge ${model}<//>`,
    },
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
  const operation = useSignal('chat.completions');
  const find = async ({ body = '', model, headers, key }: Readonly<Record<string, string>>): Promise<void> => {
    found.value = await cacheApi.find({
      operation: operation.value,
      body,
      model: model || null,
      headers: headers ? (JSON.parse(headers) as object) : null,
      key: key || null,
    });
  };
  return html`<${Section} title="Find an entry by its request">
    <${Form} label="Find an entry" submit="Find" onSubmit=${find}>
      <${Choice}
        label="Operation"
        name="operation"
        value=${operation.value}
        options=${OPERATIONS}
        onInput=${(name: string) => (operation.value = name)}
      />
      ${operation.value.startsWith('gemini') ? html`<${Field} label="Model (in the path)" name="model" required=${true} />` : null}
      <${Field} label="Headers that count, as JSON" name="headers" placeholder='{"cache-control": "max-age=60"}' />
      ${session.value?.governed ? html`<${Field} label="Virtual key of the caller" name="key" type="password" />` : null}
      <${Area} label="Body of the request" name="body" rows=${6} />
    <//>
    ${found.value ? html`<${Found} found=${found.value} purge=${purge} />` : null}
  <//>`;
}

function Found({ found, purge }: { found: FoundView; purge: Purge }): VNode {
  const { answers, why, model, keys, entries, reads, writes } = found;
  const verdict = answers
    ? 'It is answered from the cache.'
    : (why ?? (entries.length > 0 ? 'Nothing stored answers it now.' : 'Nothing is stored for it.'));
  return html`<${Notice} tone=${answers ? 'good' : 'warn'}>${verdict}<//>
    <dl>
      <dt>Model</dt>
      <dd>${model ?? '–'}</dd>
      <dt>May be</dt>
      <dd>${reads ? 'looked up' : 'not looked up'}, ${writes ? 'stored' : 'not stored'}</dd>
      <dt>Key</dt>
      <dd class="mono">${keys.join(' ') || '–'}</dd>
    </dl>
    ${entries.map((entry) => html`<${Entry} key=${entry.tier + entry.key} entry=${entry} purge=${purge} />`)}`;
}

function Entry({ entry, purge }: { entry: FoundEntry; purge: Purge }): VNode {
  const { ttl_seconds: left } = entry;
  const facts = [
    `${seconds(entry.age_seconds)} old`,
    left > 0 ? `${seconds(left)} left` : `${seconds(-left)} past its end`,
    bytes(entry.bytes),
    entry.shape === 'stream' ? `a stream of ${count(entry.events)} events` : 'a body',
    `from ${entry.endpoint}`,
    ...(entry.status === 200 ? [] : [`refused with ${entry.status}`]),
  ];
  return html`<h3>
      In ${entry.tier === 'redis' ? 'Redis' : 'memory'}
      <${Badge} tone=${entry.answers ? 'good' : 'warn'}>${entry.answers ? 'answers' : 'does not answer'}<//>
    </h3>
    <p>${facts.join(' · ')}</p>
    ${entry.why ? html`<p class="soft">${entry.why}</p>` : null}
    <p class="mono">${entry.key}</p>
    <${Action} confirm="Yes, purge this entry" onClick=${() => purge({ key: entry.key })}>Purge this entry<//>`;
}
