import { noFile } from '../../refusals/sentences.ts';
import { badRequest, missingField, refuse } from '../../dialects/errors.ts';
import type { DialectRequest, JsonReply, Reply, StoredObject } from '../../dialects/reply.ts';
import { UploadedFile } from '../../dialects/uploaded-file.ts';
import { isBody } from '../../dialects/validate.ts';
import { shown } from '../operations.ts';
import type { Making, Place, Resource } from '../resource.ts';
import { change, find, placeOf } from '../store.ts';
import { addFile } from './files.ts';
import { textOf } from '../fields.ts';

const LIFE_SECONDS = 3600;

function settle(object: StoredObject, place: Place): StoredObject {
  const over = place.context.now() >= Number(object.body['expires_at']) * 1000;
  return over && object.body['status'] === 'pending' ? change(place, object, { status: 'expired' }) : object;
}

function refusedState(object: StoredObject, place: Place): JsonReply | undefined {
  const status = textOf(object.body['status']);
  if (status === 'pending') return undefined;
  return badRequest(place.context, `Upload ${object.id} is ${status} and can no longer be changed.`);
}

function cancel(object: StoredObject, place: Place): Reply {
  return refusedState(object, place) ?? shown(change(place, object, { status: 'cancelled' }), place);
}

function complete(object: StoredObject, place: Place, request: DialectRequest): Reply {
  const { context } = place;
  const refused = refusedState(object, place);
  if (refused) return refused;
  const ids = isBody(request.body) ? request.body['part_ids'] : undefined;
  if (!Array.isArray(ids)) return missingField(context, 'part_ids');
  const partPlace = placeOf(uploadParts, { upload_id: object.id }, context);
  const parts = ids.map((id) => find(partPlace, textOf(id)));
  const unknown = parts.indexOf(undefined);
  if (unknown !== -1) return badRequest(context, `No such UploadPart object: ${textOf(ids[unknown])}`, 'part_ids');
  const bytes = Buffer.concat(parts.map((part) => part?.content ?? Buffer.alloc(0)));
  const expected = Number(object.body['bytes']);
  if (bytes.length !== expected) {
    const message = `The parts have ${bytes.length} bytes, but the Upload was created for ${expected} bytes.`;
    return badRequest(context, message, 'part_ids');
  }
  const { filename, purpose } = object.body;
  const file = addFile(context, { filename: textOf(filename), purpose: textOf(purpose), bytes });
  return shown(change(place, object, { status: 'completed', file: file.body }), place);
}

export const uploads: Resource = {
  name: 'uploads',
  doc: 'Large files in parts: parts, complete, cancel; they expire after an hour',
  path: '/v1/uploads',
  param: 'upload_id',
  id: { prefix: 'upload_', hex: 32 },
  shape: 'uploads/uploads#Upload',
  verbs: ['create'],
  required: ['filename', 'purpose', 'bytes', 'mime_type'],
  make: ({ now }) => ({ fields: { object: 'upload', status: 'pending', expires_at: now + LIFE_SECONDS } }),
  order: ['id', 'object', 'bytes', 'created_at', 'filename', 'purpose', 'status', 'expires_at'],
  settle,
  actions: [
    { name: 'complete', method: 'POST', suffix: '/complete', act: complete },
    { name: 'cancel', method: 'POST', suffix: '/cancel', act: cancel },
  ],
};

function refusedPart({ body, params, context }: Omit<Making, 'id'>): JsonReply | undefined {
  const place = placeOf(uploads, params, context);
  const upload = find(place, params['upload_id'] ?? '');
  const refused = upload === undefined ? undefined : refusedState(upload, place);
  if (refused || body['data'] instanceof UploadedFile) return refused;
  return refuse(context, noFile('data'));
}

export const uploadParts: Resource = {
  name: 'uploads.parts',
  doc: 'Parts of an upload',
  path: '/v1/uploads/{upload_id}/parts',
  param: 'part_id',
  parent: uploads,
  id: { prefix: 'part_', hex: 32 },
  shape: 'uploads/parts#UploadPart',
  verbs: ['create'],
  required: ['data'],
  refuse: refusedPart,
  make: ({ body, params }) => ({
    fields: { upload_id: params['upload_id'] },
    ...(body['data'] instanceof UploadedFile ? { content: body['data'].bytes } : {}),
  }),
};
