import type { Resource } from '../resource.ts';

export const voiceConsents: Resource = {
  name: 'audio.voice_consents',
  doc: 'Recorded consents for custom voices',
  path: '/v1/audio/voice_consents',
  param: 'consent_id',
  id: { prefix: 'cons_', alnum: 24 },
  shape: 'audio/voice-consents#VoiceConsent',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  required: ['name', 'recording', 'language'],
  order: ['object', 'id', 'name', 'language', 'created_at'],
  updatable: ['name'],
  deleted: ({ id }) => ({ id, object: 'audio.voice_consent', deleted: true }),
  list: { none: null },
};

export const voices: Resource = {
  name: 'audio.voices',
  doc: 'Custom voices',
  path: '/v1/audio/voices',
  param: 'voice_id',
  id: { prefix: 'voice_', alnum: 24 },
  shape: 'audio/voices#Voice',
  verbs: ['create', 'delete'],
  required: ['name', 'audio_sample', 'consent'],
  // The types know a `type` that the specification does not.
  make: () => ({ fields: { type: undefined } }),
  order: ['object', 'id', 'name', 'created_at'],
  deleted: ({ id }) => ({ id, object: 'audio.voice.deleted', deleted: true }),
};
