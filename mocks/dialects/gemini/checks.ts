import { asText, objectsIn } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import type { GoogleError } from './errors.ts';
import { googleError } from './errors.ts';
import type { Signer } from './signatures.ts';
import { signedCall, verify } from './signatures.ts';

const CORRUPTED = googleError(400, 'Corrupted thought signature.');

export function partsIn(content: Body): readonly Body[] {
  return objectsIn(content['parts']);
}

/** Signatures that come back must be this mock's own, for this model and tenant; those of calls must fit the call and its place. */
export function refusedSignature(request: Body, signer: Signer): GoogleError | undefined {
  let users = 0;
  for (const content of objectsIn(request['contents'])) {
    if (content['role'] !== 'model') users += 1;
    else if (partsIn(content).some((part) => !isGenuine(part, users, signer))) return CORRUPTED;
  }
  return undefined;
}

function isGenuine(part: Body, position: number, signer: Signer): boolean {
  const { thoughtSignature: signature, functionCall: call } = part;
  if (typeof signature !== 'string' || signature === '') return true;
  const isCall = isBody(call);
  const text = isCall ? signedCall(asText(call['name']), call['args']) : asText(part['text']);
  const verdict = verify(signature, text, position, signer);
  // Clients put the pieces of a streamed text together in their own ways.
  return verdict === 'good' || (!isCall && verdict !== 'foreign');
}

/** What no answer can be made for, however lenient. */
export function refusedContents(request: Body): GoogleError | undefined {
  const contents = objectsIn(request['contents']);
  if (contents.length === 0) {
    return googleError(400, '* GenerateContentRequest.contents: contents is not specified\n');
  }
  return undefined;
}
