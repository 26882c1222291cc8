import { z } from 'zod';

import { duration, integer, overrides } from './fields.ts';

const DAY = 86_400_000;

const timeouts = {
  connect: duration('Until the connection to an endpoint stands.', { min: 1, max: DAY }).prefault('5s'),
  first_byte: duration('From the request to the first byte of the answer.', { min: 1, max: DAY }).prefault('120s'),
  idle: duration('Between two pieces of an answer.', { min: 1, max: DAY }).prefault('120s'),
};

const counts = {
  attempts: integer('Endpoints tried for one request, the first included; each at most once.', {
    min: 1,
    max: 100,
  }).prefault(3),
  allowed_fails: integer('Failures in a row after which an endpoint is ejected.', { min: 1, max: 1_000 }).prefault(3),
  cooldown: duration('How long it stays out the first time; doubled each time again, up to ten times this.', {
    min: 1,
    max: DAY,
  }).prefault('30s'),
};

export const routingSchema = z.strictObject({ ...counts, timeouts: z.strictObject(timeouts).prefault({}) });

export const routingOverridesSchema = z.strictObject({
  ...overrides(counts),
  timeouts: z.strictObject(overrides(timeouts)).optional(),
});
