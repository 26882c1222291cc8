import type { Operation } from '../../../dialects/reply.ts';
import type { Resource } from '../../resource.ts';
import { singletonOperations } from '../../singleton.ts';
import { certificateOperations, certificateResources } from './certificates.ts';
import { externalResources } from './external.ts';
import { groups, groupUsers, roleAssignments } from './groups.ts';
import { adminKeys, auditLogs, invites, organizationRoles, organizationSpendAlerts, users } from './organization.ts';
import { projectResources } from './projects.ts';
import { settings } from './settings.ts';
import { usageOperations } from './usage.ts';

/** Administration of the organization and its projects. */
export const adminResources: readonly Resource[] = [
  adminKeys,
  auditLogs,
  ...certificateResources,
  groups,
  groupUsers,
  ...roleAssignments,
  invites,
  organizationRoles,
  organizationSpendAlerts,
  users,
  ...projectResources,
  ...externalResources,
];

export const adminOperations: readonly Operation[] = [
  ...certificateOperations,
  ...settings.flatMap(singletonOperations),
  ...usageOperations,
];

export const adminShapes: readonly string[] = settings.map(({ shape }) => shape);
