import { noFile } from '../../refusals/sentences.ts';
import { answerBytes } from '../../dialects/answer.ts';
import { missingField, refuse } from '../../dialects/errors.ts';
import type { JsonReply, Reply, StoredObject } from '../../dialects/reply.ts';
import { UploadedFile } from '../../dialects/uploaded-file.ts';
import { isBody } from '../../dialects/validate.ts';
import { textOf } from '../fields.ts';
import type { Made, Making, Place, Resource } from '../resource.ts';
import { change, make, placeOf } from '../store.ts';
import { fileOf, refusedFile } from './files.ts';

const IDLE_MINUTES = 20;

function settle(object: StoredObject, place: Place): StoredObject {
  const { last_active_at: active, expires_after: after } = object.body;
  const minutes = isBody(after) ? Number(after['minutes']) : IDLE_MINUTES;
  const over = place.context.now() >= (Number(active) + minutes * 60) * 1000;
  return over && object.body['status'] === 'running' ? change(place, object, { status: 'expired' }) : object;
}

/** The files that the container was created with. */
function fill(object: StoredObject, place: Place): void {
  const ids = object.hidden['fileIds'];
  const inside = placeOf(containerFiles, { container_id: object.id }, place.context);
  if (Array.isArray(ids)) for (const id of ids) make(inside, { file_id: id });
}

export const containers: Resource = {
  name: 'containers',
  doc: 'Containers of the code interpreter; they expire when idle',
  path: '/v1/containers',
  param: 'container_id',
  id: { prefix: 'cntr_', hex: 48 },
  shape: 'containers/containers#ContainerCreateResponse',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['name'],
  make: ({ body, now }) => ({
    fields: {
      object: 'container',
      status: 'running',
      last_active_at: now,
      expires_after: body['expires_after'] ?? { anchor: 'last_active_at', minutes: IDLE_MINUTES },
      memory_limit: body['memory_limit'] ?? '1g',
    },
    hidden: { fileIds: body['file_ids'] },
  }),
  missing: (id) => ({ message: `Container with id '${id}' not found.` }),
  list: { filter: ({ body }, query) => !query.has('name') || body['name'] === query.get('name') },
  settle,
  afterCreate: fill,
};

function fileMade({ body, params, context, id }: Making): Made {
  const { file } = body;
  const kept = fileOf(body['file_id'], context);
  const upload = file instanceof UploadedFile ? file : undefined;
  const content = upload?.bytes ?? kept?.content ?? Buffer.alloc(0);
  const filename = upload?.filename ?? textOf(kept?.body['filename'], 'invented.txt');
  const fields = {
    object: 'container.file',
    container_id: params['container_id'],
    bytes: content.length,
    path: `/mnt/data/${id.slice(-32)}-${filename}`,
    source: 'user',
  };
  return { fields, content };
}

function refusedContent(making: Omit<Making, 'id'>): JsonReply | undefined {
  const { file, file_id: id } = making.body;
  if (file === undefined && id === undefined) return missingField(making.context, 'file');
  if (file === undefined || file instanceof UploadedFile) return refusedFile('file_id', making);
  return refuse(making.context, noFile('file'));
}

function content(object: StoredObject, { context }: Place): Reply {
  return answerBytes(context, object.content ?? Buffer.alloc(0), 'application/octet-stream');
}

export const containerFiles: Resource = {
  name: 'containers.files',
  doc: 'Files in a container, uploaded or copied from the files',
  path: '/v1/containers/{container_id}/files',
  param: 'file_id',
  parent: containers,
  id: { prefix: 'cfile_', hex: 32 },
  shape: 'containers/files/files#FileCreateResponse',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  refuse: refusedContent,
  make: fileMade,
  missing: (id, params) => ({ message: `File ${id} not found on container ${params['container_id']}.` }),
  actions: [{ name: 'content', method: 'GET', suffix: '/content', act: content }],
};
