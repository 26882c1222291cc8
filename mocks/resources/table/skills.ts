import { noFile } from '../../refusals/sentences.ts';
import { answerBytes } from '../../dialects/answer.ts';
import { badRequest, missingField, refuse } from '../../dialects/errors.ts';
import type { DialectRequest, JsonReply, Reply, StoredObject } from '../../dialects/reply.ts';
import { UploadedFile } from '../../dialects/uploaded-file.ts';
import { fieldsOf, textOf } from '../fields.ts';
import { shown } from '../operations.ts';
import type { Made, Making, Place, Resource } from '../resource.ts';
import type { Fields } from '../shape.ts';
import { all, change, find, make, placeOf } from '../store.ts';
import { zipOf } from '../zip.ts';

function uploadsOf(files: unknown): readonly UploadedFile[] {
  const list: readonly unknown[] = Array.isArray(files) ? files : [files];
  return list.filter((file) => file instanceof UploadedFile);
}

/** What the head of SKILL.md says; a zip is not looked into. */
function describedBy(files: unknown): { readonly name: string; readonly description: string } {
  const uploads = uploadsOf(files);
  const text = uploads.find(({ filename }) => /(?:^|\/)SKILL\.md$/i.test(filename))?.bytes.toString() ?? '';
  const field = (name: string): string | undefined => new RegExp(`^${name}:\\s*(.+?)\\s*$`, 'm').exec(text)?.[1];
  const fallback = uploads[0]?.filename.replace(/^.*\/|\.zip$/g, '') ?? 'invented-skill';
  return { name: field('name') ?? fallback, description: field('description') ?? '' };
}

function archiveOf(files: unknown): Buffer {
  const uploads = uploadsOf(files);
  const [only] = uploads;
  if (uploads.length === 1 && only?.filename.endsWith('.zip')) return only.bytes;
  return zipOf(uploads.map(({ filename, bytes }) => ({ name: filename, bytes })));
}

function refusedFiles({ body, context }: Omit<Making, 'id'>): JsonReply | undefined {
  if (body['files'] === undefined) return missingField(context, 'files');
  if (uploadsOf(body['files']).length > 0) return undefined;
  return refuse(context, noFile('files'));
}

function versionsOf(skillId: string, place: Place): Place {
  return placeOf(skillVersions, { skill_id: skillId }, place.context);
}

function archive(object: StoredObject | undefined, { context }: Place): Reply {
  return answerBytes(context, object?.content ?? zipOf([]), 'application/zip');
}

function settle(object: StoredObject, place: Place): StoredObject {
  const newest = all(versionsOf(object.id, place)).at(-1)?.body['version'];
  return newest === undefined ? object : change(place, object, { latest_version: newest });
}

function setDefault(object: StoredObject, place: Place, request: DialectRequest): Reply {
  const { default_version: version } = fieldsOf(request.body);
  if (version === undefined) return missingField(place.context, 'default_version');
  if (find(versionsOf(object.id, place), textOf(version)) === undefined) {
    return badRequest(place.context, `Skill version '${textOf(version)}' not found.`, 'default_version');
  }
  return shown(change(place, object, { default_version: textOf(version) }), place);
}

export const skills: Resource = {
  name: 'skills',
  doc: 'Skills: uploaded as files or as an archive, downloaded as an archive',
  path: '/v1/skills',
  param: 'skill_id',
  id: { prefix: 'skill_', hex: 48 },
  shape: 'skills/skills#Skill',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  refuse: refusedFiles,
  make: ({ body }) => ({
    fields: { ...describedBy(body['files']), default_version: '1', latest_version: '1' },
    hidden: { files: body['files'] },
  }),
  order: ['id', 'object', 'name', 'description', 'created_at', 'default_version', 'latest_version'],
  missing: (id) => ({ message: `Skill with id '${id}' not found.` }),
  list: { none: null },
  settle,
  afterCreate: (object, place) => void make(versionsOf(object.id, place), { files: object.hidden['files'] }),
  actions: [
    { name: 'update', method: 'POST', suffix: '', act: setDefault },
    {
      name: 'content',
      method: 'GET',
      suffix: '/content',
      act: (object, place) =>
        archive(find(versionsOf(object.id, place), textOf(object.body['default_version'])), place),
    },
  ],
};

function versionMade({ body, params, id, context }: Making): Made {
  const fields: Fields = {
    id: `skillver_${context.random.hex(48)}`,
    ...describedBy(body['files']),
    skill_id: params['skill_id'],
    version: id,
  };
  return { fields, hidden: { default: body['default'] }, content: archiveOf(body['files']) };
}

/** Versions are found by their number, which is not their id. */
export const skillVersions: Resource = {
  name: 'skills.versions',
  doc: 'Versions of a skill, numbered from 1',
  path: '/v1/skills/{skill_id}/versions',
  param: 'version',
  parent: skills,
  id: ({ params, context }) => {
    const numbers = all(placeOf(skillVersions, params, context)).map(({ id }) => Number(id));
    return String(Math.max(0, ...numbers) + 1);
  },
  shape: 'skills/versions/versions#SkillVersion',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  refuse: refusedFiles,
  make: versionMade,
  order: ['object', 'id', 'skill_id', 'version', 'created_at', 'name', 'description'],
  afterCreate(version, { params, context }) {
    const place = placeOf(skills, {}, context);
    const skill = context.objects.get(place.collection, params['skill_id'] ?? '');
    const wanted = textOf(version.hidden['default']) === 'true';
    if (skill !== undefined && wanted) change(place, skill, { default_version: version.id });
  },
  deleted: ({ id, body }) => ({ id: body['id'], object: 'skill.version.deleted', deleted: true, version: id }),
  missing: (id, params) => ({ message: `Version '${id}' of skill '${params['skill_id']}' not found.` }),
  list: { none: null },
  actions: [{ name: 'content', method: 'GET', suffix: '/content', act: archive }],
};
