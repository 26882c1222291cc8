import type { Singleton } from '../../singleton.ts';
import type { Fields } from '../../shape.ts';
import { ORGANIZATION } from './organization.ts';
import { PROJECT, projects } from './projects.ts';

const retention = (body: Fields): Fields => ({ type: body['retention_type'] });
const LIMIT = { threshold_amount: 100_000, currency: 'USD', interval: 'month', enforcement: { status: 'inactive' } };
const ENABLED = { enabled: true };

export const settings: readonly Singleton[] = [
  {
    name: 'admin.organization.data_retention',
    doc: 'Data retention of the organization',
    path: `${ORGANIZATION}/data_retention`,
    shape: 'admin/organization/data-retention#OrganizationDataRetention',
    preset: { type: 'modified_abuse_monitoring' },
    update: retention,
  },
  {
    name: 'admin.organization.spend_limit',
    doc: 'What a month may cost the organization',
    path: `${ORGANIZATION}/spend_limit`,
    shape: 'admin/organization/spend-limit#OrganizationSpendLimit',
    preset: LIMIT,
    deleted: { object: 'organization.spend_limit.deleted', deleted: true },
  },
  {
    name: 'admin.organization.projects.data_retention',
    doc: 'Data retention of a project',
    path: `${PROJECT}/data_retention`,
    parent: projects,
    shape: 'admin/organization/projects/data-retention#ProjectDataRetention',
    preset: { type: 'organization_default' },
    update: retention,
  },
  {
    name: 'admin.organization.projects.spend_limit',
    doc: 'What a month may cost a project',
    path: `${PROJECT}/spend_limit`,
    parent: projects,
    shape: 'admin/organization/projects/spend-limit#ProjectSpendLimit',
    preset: LIMIT,
    deleted: { object: 'project.spend_limit.deleted', deleted: true },
  },
  {
    name: 'admin.organization.projects.hosted_tool_permissions',
    doc: 'Hosted tools that a project may use',
    path: `${PROJECT}/hosted_tool_permissions`,
    parent: projects,
    shape: 'admin/organization/projects/hosted-tool-permissions#ProjectHostedToolPermissions',
    preset: {
      file_search: ENABLED,
      web_search: ENABLED,
      image_generation: ENABLED,
      mcp: ENABLED,
      code_interpreter: ENABLED,
    },
  },
  {
    name: 'admin.organization.projects.model_permissions',
    doc: 'Models that a project may use',
    path: `${PROJECT}/model_permissions`,
    parent: projects,
    shape: 'admin/organization/projects/model-permissions#ProjectModelPermissions',
    preset: { mode: 'deny_list', model_ids: [] },
    deleted: { object: 'project.model_permissions.deleted', deleted: true },
  },
  {
    name: 'admin.organization.projects.service_tier_settings',
    doc: 'Service tiers that a project may use',
    path: `${PROJECT}/service_tier_settings`,
    parent: projects,
    shape: 'admin/organization/projects/service-tier-settings#ProjectServiceTierSettings',
    preset: { default: 'standard', enabled_tiers: 'all' },
  },
];
