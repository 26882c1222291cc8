import type { CountedFunction } from './function-block.ts';
import type { CountedSchema } from './schema-block.ts';

export const FIND_HARBOUR: CountedFunction = {
  name: 'find_harbour',
  description: 'Finds a harbour by its town.',
  parameters: {
    type: 'object',
    properties: {
      town: { type: 'string', description: 'Name of the town' },
      depth: { type: 'integer', minimum: 1 },
      unit: { type: 'string', enum: ['metres', 'feet'] },
    },
    required: ['town', 'unit'],
    additionalProperties: false,
  },
};

export const LIST_BOATS: CountedFunction = {
  name: 'list_boats',
  description: '',
  parameters: {
    type: 'object',
    properties: { harbour: { type: 'string' }, limit: { type: 'integer' } },
    required: ['harbour'],
  },
};

export const TIDE_NOW: CountedFunction = {
  name: 'tide_now',
  description: 'Tells the tide.',
  parameters: { type: 'object', properties: {} },
};

export const BOOK_BERTH: CountedFunction = {
  name: 'book_berth',
  description: 'Books a berth.\n\nOnly for members.',
  parameters: {
    title: 'Booking',
    type: 'object',
    properties: {
      boat: {
        type: 'object',
        properties: { name: { type: 'string', description: 'As registered' }, length: { type: 'number' } },
        required: ['name', 'length'],
      },
      nights: { type: 'array', items: { type: 'string' } },
      pier: { anyOf: [{ type: 'string' }, { type: 'null' }], default: 'north' },
    },
    required: ['boat', 'nights'],
  },
};

export const HIRE_CREW: CountedFunction = {
  name: 'hire_crew',
  description: 'Hires a crew.',
  parameters: {
    $defs: {
      Sailor: {
        title: 'Sailor',
        type: 'object',
        properties: { age: { type: 'integer', description: 'In years' } },
        required: ['age'],
      },
    },
    type: 'object',
    properties: { sailors: { type: 'array', items: { $ref: '#/$defs/Sailor' } } },
    required: ['sailors'],
  },
};

export const RIVER_FACT: CountedSchema = {
  name: 'river_fact',
  description: '',
  schema: {
    type: 'object',
    properties: { river: { type: 'string', description: 'Its name' }, length_km: { type: 'number' } },
    required: ['river', 'length_km'],
    additionalProperties: false,
  },
};

export const SURVEY: CountedSchema = {
  name: 'HarbourSurveyResultSheet',
  description: '',
  schema: {
    $defs: {
      Berth: {
        type: 'object',
        title: 'Berth',
        properties: { depth: { type: 'number', minimum: 0, description: 'At ebb — in metres' } },
        required: ['depth'],
        additionalProperties: false,
      },
    },
    type: 'object',
    properties: {
      berths: { type: 'array', items: { $ref: '#/$defs/Berth' }, maxItems: 9 },
      open: { type: 'boolean', default: true },
    },
    required: ['berths', 'open'],
    additionalProperties: false,
  },
};
