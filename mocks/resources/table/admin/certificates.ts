import { answerJson } from '../../../dialects/answer.ts';
import { missingField } from '../../../dialects/errors.ts';
import type { Operation } from '../../../dialects/reply.ts';
import { fieldsOf, textOf } from '../../fields.ts';
import type { Resource } from '../../resource.ts';
import { change, find, make, missingParent, notFound, placeOf } from '../../store.ts';
import { ORGANIZATION } from './organization.ts';
import { PROJECT, projects } from './projects.ts';

const YEAR_SECONDS = 365 * 86_400;

function certificates(name: string, path: string, kind: string, verbs: Resource['verbs']): Resource {
  return {
    name,
    doc: 'Certificates for mutual TLS, which the mock does not check',
    path,
    param: 'certificate_id',
    id: { prefix: 'cert_', alnum: 24 },
    shape: 'admin/organization/certificates#Certificate',
    verbs,
    required: ['certificate'],
    make: ({ body, now }) => ({
      fields: {
        object: kind,
        name: textOf(body['name'], 'invented'),
        certificate_details: { valid_at: now, expires_at: now + YEAR_SECONDS },
        active: false,
      },
    }),
    updatable: ['name'],
    deleted: ({ id }) => ({ object: 'certificate.deleted', id }),
    list: { none: null },
  };
}

const all: Resource['verbs'] = ['create', 'list', 'retrieve', 'update', 'delete'];
const organizationCertificates = certificates(
  'admin.organization.certificates',
  `${ORGANIZATION}/certificates`,
  'organization.certificate',
  all,
);
const projectCertificates: Resource = {
  ...certificates(
    'admin.organization.projects.certificates',
    `${PROJECT}/certificates`,
    'organization.project.certificate',
    ['list'],
  ),
  parent: projects,
};

export const certificateResources: readonly Resource[] = [organizationCertificates, projectCertificates];

/** Turns certificates on or off; a project takes those of the organization over. */
function toggle(resource: Resource, verb: 'activate' | 'deactivate'): Operation {
  const active = verb === 'activate';
  return {
    id: `${resource.name}.${verb}`,
    method: 'POST',
    path: `${resource.path}/${verb}`,
    handle(request, context) {
      const place = placeOf(resource, request.params, context);
      const orphan = missingParent(place);
      if (orphan) return orphan;
      const ids = fieldsOf(request.body)['certificate_ids'];
      if (!Array.isArray(ids)) return missingField(context, 'certificate_ids');
      const source = placeOf(organizationCertificates, request.params, context);
      const names = ids.map((id) => textOf(id));
      const unknown = names.find((id) => find(source, id) === undefined && !context.lenientIds);
      if (unknown !== undefined) return notFound(organizationCertificates, unknown, source);
      const data = names.map((id) => {
        const kept = find(place, id) ?? make(place, { name: find(source, id)?.body['name'] }, id);
        return change(place, kept, { active }).body;
      });
      const kind = resource === projectCertificates ? 'organization.project.certificate' : 'organization.certificate';
      return answerJson(context, { object: `${kind}.${active ? 'activation' : 'deactivation'}`, data });
    },
  };
}

export const certificateOperations: readonly Operation[] = [organizationCertificates, projectCertificates].flatMap(
  (resource) => [toggle(resource, 'activate'), toggle(resource, 'deactivate')],
);
