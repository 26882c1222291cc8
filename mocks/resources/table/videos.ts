import { unsupportedChoice } from '../../refusals/sentences.ts';
import { answerBytes } from '../../dialects/answer.ts';
import { errorReply, missingField, refuse } from '../../dialects/errors.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredObject } from '../../dialects/reply.ts';
import { fieldsOf, numberOf, textOf } from '../fields.ts';
import { IMAGE_FILES } from '../../dialects/images/files.ts';
import { emptyMp4 } from '../mp4.ts';
import { shown } from '../operations.ts';
import type { Place, Resource } from '../resource.ts';
import type { Stage } from '../stages.ts';
import { staged } from '../stages.ts';
import { find, make, notFound, placeOf } from '../store.ts';

const KEPT_SECONDS = 3600;
const THUMBNAIL = IMAGE_FILES.webp({ text: 'video', width: 320, height: 180 });

const STAGES: readonly Stage[] = [
  { status: 'queued' },
  { status: 'in_progress', enter: () => ({ progress: 50 }) },
  {
    status: 'completed',
    stamp: 'completed_at',
    enter: (_object, _place, seconds) => ({ progress: 100, expires_at: seconds + KEPT_SECONDS }),
  },
];

function content(object: StoredObject, { context }: Place, request: DialectRequest): Reply {
  if (object.body['status'] !== 'completed') {
    const message = `Video is not ready yet, use GET /v1/videos/${object.id} to check status.`;
    return errorReply(404, { message, type: 'invalid_request_error', param: null, code: null }, context);
  }
  const variant = request.query.get('variant') ?? 'video';
  if (variant === 'video') {
    return answerBytes(context, emptyMp4(numberOf(object.body['seconds'], 4), object.id), 'video/mp4');
  }
  if (variant === 'thumbnail' || variant === 'spritesheet') return answerBytes(context, THUMBNAIL, 'image/webp');
  return refuse(context, unsupportedChoice('variant', variant, ['video', 'thumbnail', 'spritesheet']));
}

function remix(object: StoredObject, place: Place, request: DialectRequest): Reply {
  const { prompt } = fieldsOf(request.body);
  if (prompt === undefined) return missingField(place.context, 'prompt');
  const { model, seconds, size } = object.body;
  return shown(make(place, { model, seconds, size, prompt, remixed_from_video_id: object.id }), place);
}

export const videos: Resource = {
  name: 'videos',
  doc: 'Videos: queued, in_progress, completed; content, thumbnail, remix, edit, extension',
  path: '/v1/videos',
  param: 'video_id',
  id: { prefix: 'video_', hex: 48 },
  shape: 'videos#Video',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['prompt'],
  make: ({ body }) => ({
    fields: {
      status: 'queued',
      progress: 0,
      model: textOf(body['model'], 'sora-2'),
      seconds: textOf(body['seconds'], '4'),
      size: textOf(body['size'], '720x1280'),
    },
  }),
  order: ['id', 'object', 'created_at', 'status', 'completed_at', 'error', 'expires_at', 'model', 'progress'],
  missing: (id) => ({ message: `Video with id '${id}' not found.` }),
  list: { none: null },
  settle: staged(STAGES),
  announces: { completed: 'video.completed', failed: 'video.failed' },
  actions: [
    { name: 'download_content', method: 'GET', suffix: '/content', act: content },
    { name: 'remix', method: 'POST', suffix: '/remix', act: remix },
  ],
};

export const videoCharacters: Resource = {
  name: 'videos.characters',
  doc: 'Characters taken from a video',
  path: '/v1/videos/characters',
  param: 'character_id',
  id: { prefix: 'char_', hex: 32 },
  shape: 'videos#VideoGetCharacterResponse',
  verbs: ['create', 'retrieve'],
  required: ['video', 'name'],
};

/** A new video out of one that is there, or that comes with the request. */
function derived(request: DialectRequest, context: DialectContext, longer: boolean): Reply {
  const body = fieldsOf(request.body);
  const missing = (longer ? ['prompt', 'video', 'seconds'] : ['prompt', 'video']).find(
    (name) => body[name] === undefined,
  );
  if (missing !== undefined) return missingField(context, missing);
  const place = placeOf(videos, {}, context);
  const { id } = fieldsOf(body['video']);
  const source = id === undefined ? undefined : find(place, textOf(id));
  if (id !== undefined && source === undefined && !context.lenientIds) return notFound(videos, textOf(id), place);
  const { model, size, seconds } = source?.body ?? {};
  return shown(
    make(place, { model, size, prompt: body['prompt'], seconds: longer ? body['seconds'] : seconds }),
    place,
  );
}

export const videoOperations: readonly Operation[] = [
  {
    id: 'videos.edit',
    method: 'POST',
    path: '/v1/videos/edits',
    handle: (request, context) => derived(request, context, false),
  },
  {
    id: 'videos.extend',
    method: 'POST',
    path: '/v1/videos/extensions',
    handle: (request, context) => derived(request, context, true),
  },
];
