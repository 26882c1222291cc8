import { asText } from './content.ts';
import type { DialectContext, StoredObject } from './reply.ts';
import { unixSeconds } from './stored-object.ts';
import type { Body } from './validate.ts';
import { isBody } from './validate.ts';

const CONTAINERS = '/v1/containers';
const IDLE_MINUTES = 20;
const MEMORY = '1g';

const filesOf = (id: string): string => `${CONTAINERS}/${id}/files`;

/** A container as `GET /v1/containers/{id}` shows it; one that is used again is no longer idle. */
function put(id: string, definition: Body, context: DialectContext): void {
  const now = unixSeconds(context);
  const known = context.objects.get(CONTAINERS, id);
  const body = known?.body ?? {
    id,
    object: 'container',
    created_at: now,
    name: 'auto',
    status: 'running',
    expires_after: { anchor: 'last_active_at', minutes: IDLE_MINUTES },
    memory_limit: asText(definition['memory_limit']) || MEMORY,
  };
  const used: StoredObject = {
    id,
    body: { ...body, last_active_at: now },
    hidden: known?.hidden ?? { madeAt: context.now() },
  };
  context.objects.put(CONTAINERS, used);
}

/** A file in a container; `source` says who put it there. */
export function putContainerFile(
  container: string,
  file: { readonly name: string; readonly content: Buffer; readonly source: 'assistant' | 'user' },
  context: DialectContext,
): string {
  const id = `cfile_${context.random.hex(32)}`;
  const body = {
    id,
    object: 'container.file',
    created_at: unixSeconds(context),
    bytes: file.content.length,
    container_id: container,
    path: `/mnt/data/${file.source === 'user' ? `${id.slice(-32)}-` : ''}${file.name}`,
    source: file.source,
  };
  context.objects.put(filesOf(container), { id, body, hidden: { madeAt: context.now() }, content: file.content });
  return id;
}

/** The container that a tool's code runs in: the one that its definition names, else a new one with the files it names. */
export function containerFor(definition: unknown, context: DialectContext): string {
  if (typeof definition === 'string') {
    put(definition, {}, context);
    return definition;
  }
  const auto = isBody(definition) ? definition : {};
  const id = `cntr_${context.random.hex(48)}`;
  put(id, auto, context);
  const files: readonly unknown[] = Array.isArray(auto['file_ids']) ? auto['file_ids'] : [];
  for (const fileId of files) {
    const kept = typeof fileId === 'string' ? context.objects.get('/v1/files', fileId) : undefined;
    if (kept === undefined) continue;
    const content = kept.content ?? Buffer.alloc(0);
    putContainerFile(id, { name: asText(kept.body['filename']) || 'file', content, source: 'user' }, context);
  }
  return id;
}
