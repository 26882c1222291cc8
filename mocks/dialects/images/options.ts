import { numberIn, unknown as unknownParameter, unsupportedChoice } from '../../refusals/sentences.ts';
import { asText } from '../content.ts';
import { badRequest, missingField, refuse, unknownModel } from '../errors.ts';
import { typedForm } from '../form.ts';
import type { DialectContext, DialectRequest, JsonReply } from '../reply.ts';
import { UploadedFile } from '../uploaded-file.ts';
import type { Body, FieldRule } from '../validate.ts';
import { isBody, refusedField } from '../validate.ts';

export type ImageOperation = 'generation' | 'edit' | 'variation';

/** A request for images, checked and with its defaults filled in. */
export interface ImageOptions {
  readonly prompt: string;
  readonly model: string;
  /** Models of the `gpt-image` line answer in base64 with usage; the older ones may give addresses. */
  readonly modern: boolean;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly quality: string;
  readonly background: 'transparent' | 'opaque';
  readonly format: 'png' | 'jpeg' | 'webp';
  readonly byUrl: boolean;
  readonly stream: boolean;
  readonly partials: number;
  /** Pictures that came with the request. */
  readonly inputs: number;
  readonly fidelity: string;
}

const RULES: readonly FieldRule[] = [
  { name: 'prompt', expected: 'a string' },
  { name: 'model', expected: 'a string' },
  { name: 'n', expected: 'an integer', least: 1, most: 10 },
  { name: 'stream', expected: 'a boolean' },
  { name: 'partial_images', expected: 'an integer', least: 0, most: 3 },
  { name: 'output_compression', expected: 'an integer', least: 0, most: 100 },
];

const MODERN_SIZES = ['1024x1024', '1024x1536', '1536x1024'];
const MODERN = {
  size: [...MODERN_SIZES, 'auto'],
  quality: ['low', 'medium', 'high', 'auto'],
  background: ['transparent', 'opaque', 'auto'],
  output_format: ['png', 'jpeg', 'webp'],
};
const OLDER = { response_format: ['url', 'b64_json'] };

/** Values that a model's fields may have. */
function allowedValues(model: string): Readonly<Record<string, readonly string[]>> {
  if (model === 'dall-e-3') {
    const size = ['1024x1024', '1024x1792', '1792x1024'];
    return { ...OLDER, size, quality: ['standard', 'hd'], style: ['vivid', 'natural'] };
  }
  if (model.startsWith('dall-e')) return { ...OLDER, size: ['256x256', '512x512', '1024x1024'], quality: ['standard'] };
  return MODERN;
}

const LONGEST = 3840;
const SHORTEST_OF_LONGEST = 2160;

/** The newest models make any size: sides divisible by 16, up to 3840 × 2160 either way, not narrower than 1:3. */
function freeSize(model: string, field: string, value: unknown): boolean {
  const sides = /^(\d{2,4})x(\d{2,4})$/.exec(asText(value));
  if (field !== 'size' || sides === null || !model.startsWith('gpt-image-2')) return false;
  const [short = 0, long = 0] = [Number(sides[1]), Number(sides[2])].toSorted((one, other) => one - other);
  return short % 16 === 0 && long % 16 === 0 && long <= LONGEST && short <= SHORTEST_OF_LONGEST && long <= 3 * short;
}

function refusedValue(body: Body, model: string, context: DialectContext): JsonReply | undefined {
  for (const [field, values] of Object.entries(allowedValues(model))) {
    const value = body[field];
    if (value === undefined || value === null || values.includes(asText(value))) continue;
    if (freeSize(model, field, value)) continue;
    return refuse(context, unsupportedChoice(field, value, values));
  }
  const stranger = model.startsWith('dall-e')
    ? ['background', 'output_format', 'stream']
    : ['response_format', 'style'];
  const unknown = stranger.find((field) => body[field] !== undefined && body[field] !== null && body[field] !== false);
  if (unknown !== undefined) return refuse(context, unknownParameter(unknown));
  if (body['background'] === 'transparent' && body['output_format'] === 'jpeg') {
    const message = "Transparent background is not supported for output format 'jpeg'. Use 'png' or 'webp' instead.";
    return badRequest(context, message, 'background', 'invalid_value');
  }
  if (model !== 'dall-e-3' || typeof body['n'] !== 'number') return undefined;
  const many = numberIn('n', body['n'], { most: 1, integer: true });
  return many && refuse(context, many);
}

const MODERN_FIELDS = ['background', 'output_format', 'output_compression', 'moderation', 'partial_images', 'stream'];

function modelOf(body: Body, operation: ImageOperation): string {
  const asked = asText(body['model']);
  if (asked !== '') return asked;
  if (operation === 'edit') return 'gpt-image-1.5';
  const modern = operation === 'generation' && MODERN_FIELDS.some((field) => body[field] !== undefined);
  return modern ? 'gpt-image-1.5' : 'dall-e-2';
}

/** The pictures of a form (`image`, `image[]`) or of a JSON body (`images`). */
function inputsOf(body: Body): number {
  const given = body['image'] ?? body['images'];
  const all: readonly unknown[] = Array.isArray(given) ? given : [given];
  return all.filter((one) => one instanceof UploadedFile || isBody(one)).length;
}

function valuesOf(body: Body, model: string): Omit<ImageOptions, 'prompt' | 'model' | 'inputs' | 'fidelity'> {
  const modern = !model.startsWith('dall-e');
  const size = asText(body['size']) || 'auto';
  const [width = 1024, height = 1024] = size === 'auto' ? [] : size.split('x').map(Number);
  const quality = asText(body['quality']) || 'auto';
  return {
    modern,
    count: typeof body['n'] === 'number' ? body['n'] : 1,
    width,
    height,
    quality: quality === 'auto' ? 'medium' : quality,
    background: body['background'] === 'transparent' ? 'transparent' : 'opaque',
    format: (asText(body['output_format']) || 'png') as ImageOptions['format'],
    byUrl: !modern && body['response_format'] !== 'b64_json',
    stream: body['stream'] === true,
    partials: typeof body['partial_images'] === 'number' ? body['partial_images'] : 0,
  };
}

/** What a request asks for, or the provider's error. */
export function imageOptions(
  request: DialectRequest,
  operation: ImageOperation,
  context: DialectContext,
): ImageOptions | { readonly refused: JsonReply } {
  const given = isBody(request.body) ? request.body : {};
  const body = typedForm(given, ['n', 'partial_images', 'output_compression'], [], ['stream']);
  if (operation !== 'variation' && (body['prompt'] ?? '') === '') return { refused: missingField(context, 'prompt') };
  const model = modelOf(body, operation);
  const refused = refusedField(body, RULES, context) ?? refusedValue(body, model, context);
  if (refused) return { refused };
  const named = asText(body['model']) !== '';
  if (named && context.models !== undefined && !context.models.includes(model)) {
    return { refused: unknownModel(model, context, 'chat') };
  }
  const inputs = inputsOf(body);
  if (operation !== 'generation' && inputs === 0) {
    return { refused: missingField(context, given['images'] === undefined ? 'image' : 'images') };
  }
  const fidelity = asText(body['input_fidelity']) || 'low';
  return { prompt: asText(body['prompt']), model, inputs, fidelity, ...valuesOf(body, model) };
}
